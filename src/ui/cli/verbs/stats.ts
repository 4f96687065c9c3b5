/** boxtop stats: what containers use, once or once a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerSample, ContainerStats, Engine } from '../../../engine/index.ts';
import { shortId } from '../../format/names.ts';
import { bytesSize, humanSize } from '../../format/units.ts';
import { atLeast, bool, type FlagValues, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { type Listing, listingText, type Row } from '../listing.ts';
import { INTERRUPTED, PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';
import { openView } from '../view.ts';

const INTERVAL_MS = 1000;
/** Between the two samples of the first table: enough for a percentage, too short to be waited for. */
const QUICK_MS = 100;

const HEADERS = {
  Container: 'CONTAINER',
  ID: 'CONTAINER ID',
  Name: 'NAME',
  CPUPerc: 'CPU %',
  MemUsage: 'MEM USAGE / LIMIT',
  MemPerc: 'MEM %',
  NetIO: 'NET I/O',
  BlockIO: 'BLOCK I/O',
  PIDs: 'PIDS',
};
const COLUMNS = ['ID', 'Name', 'CPUPerc', 'MemUsage', 'MemPerc', 'NetIO', 'BlockIO', 'PIDs'];

export const command: Command = {
  usage: '[OPTIONS] [CONTAINER...]',
  summary: 'Display a live stream of container(s) resource usage statistics',
  flags: [
    bool('all', 'Show all containers (default shows just running)', 'a'),
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    bool('no-stream', 'Print one result and end'),
    bool('no-trunc', "Don't shorten"),
  ],
  arity: atLeast(0),
  async run({ flags, args }, engine, io) {
    const watch = await openWatch(engine(), flags, args);
    // a job of the screen shows one table: its stats tab is what lives
    const isOnce = flags.bool('no-stream') || io.onProgress !== undefined;
    const view = openView(io.stdout, { isLive: !isOnce });
    const startedMs = performance.now();
    for (let tick = 0; ; tick += 1) {
      const dueMs = startedMs + QUICK_MS + tick * INTERVAL_MS;
      await pause(dueMs - performance.now(), io);
      if (io.signal.aborted) return INTERRUPTED;
      await view.show(await listingText(listingOf(await watch.next(), flags), flags.string('format'), io));
      if (isOnce) return 0;
    }
  },
};

async function pause(ms: number, { signal }: CliIo): Promise<void> {
  await sleep(Math.max(0, ms), undefined, { signal }).catch(() => {}); // aborted: the caller looks
}

/** A container that is watched, with its last sample but one; `now` undefined: it was removed. */
interface Watched {
  id: string;
  name: string;
  /** as the user named it, or the short id */
  given: string;
  now: ContainerSample | undefined;
  before: ContainerStats | undefined;
}

/** Takes the first sample; `next` takes another. Names stay, containers that are not named come and go. */
async function openWatch({ containers }: Engine, flags: FlagValues, names: readonly string[]) {
  const isNamed = names.length > 0;
  const first = await containers.stats(isNamed ? { names } : { all: flags.bool('all') });
  let watched = first.map((sample, index) => {
    if (sample === undefined) throw new PlainError(noSuch(names.filter((_, at) => !first[at])));
    const given = isNamed ? names[index]! : shortId(sample.id);
    return { id: sample.id, name: sample.name, given, now: sample, before: undefined } as Watched;
  });
  return {
    async next(): Promise<readonly Watched[]> {
      const known = new Map(watched.map((entry) => [entry.id, entry]));
      const ids = isNamed ? watched.map(({ id }) => id) : undefined;
      const samples = await containers.stats(ids ? { names: ids } : { all: flags.bool('all') });
      watched = samples.flatMap((now, index): Watched[] => {
        const former = isNamed ? watched[index] : known.get(now?.id ?? '');
        if (now === undefined) return former === undefined ? [] : [{ ...former, now }];
        const before = former?.now?.stats;
        return [{ id: now.id, name: now.name, given: former?.given ?? shortId(now.id), now, before }];
      });
      return watched;
    },
  };
}

const noSuch = (names: readonly string[]): string =>
  names.map((name) => `Error response from daemon: No such container: ${name}`).join('\n');

function listingOf(watched: readonly Watched[], flags: FlagValues): Listing {
  const isWhole = flags.bool('no-trunc');
  const rows = watched.map((entry) => rowOf(entry, isWhole));
  return { headers: HEADERS, columns: COLUMNS, rows, type: '*container.statsContext' };
}

const NONE = '--';
const GONE = { CPUPerc: NONE, MemUsage: '-- / --', MemPerc: NONE, NetIO: NONE, BlockIO: NONE, PIDs: NONE };

function rowOf({ id, name, given, now, before }: Watched, isWhole: boolean): Row {
  const head = { Container: given, ID: isWhole ? id : shortId(id), Name: name };
  return now === undefined ? { ...head, ...GONE } : { ...head, ...usage(now.stats, before) };
}

function usage(stats: ContainerStats, before: ContainerStats | undefined): typeof GONE {
  // a container that does not run has neither usage nor limit
  const { memoryBytes = 0, memoryLimitBytes = 0 } = stats;
  const pair = (first = 0, second = 0) => `${humanSize(first, 3)} / ${humanSize(second, 3)}`;
  return {
    CPUPerc: `${cpuPercent(stats, before).toFixed(2)}%`,
    MemUsage: `${bytesSize(memoryBytes)} / ${bytesSize(memoryLimitBytes)}`,
    MemPerc: `${(memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : 0).toFixed(2)}%`,
    NetIO: pair(stats.netRxBytes, stats.netTxBytes),
    BlockIO: pair(stats.blkReadBytes, stats.blkWriteBytes),
    PIDs: String(stats.pids ?? 0),
  };
}

/**
 * 100 = one CPU busy. Docker divides by the machine's CPU time (all states, all CPUs) and multiplies by the number of CPUs: that is the
 * time that passed, but in clock ticks of 10 ms, too coarse for a short interval.
 */
export function cpuPercent(now: ContainerStats, before: ContainerStats | undefined): number {
  const elapsedNs = (now.readAt - (before?.readAt ?? now.readAt)) * 1e6;
  if (elapsedNs <= 0 || now.cpuNs === undefined || before?.cpuNs === undefined) return 0;
  return Math.max(0, ((now.cpuNs - before.cpuNs) / elapsedNs) * 100);
}
