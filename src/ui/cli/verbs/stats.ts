/** boxtop stats: what containers use, once or once a second. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { ContainerStats, ContainerSummary, Engine } from '../../../engine/index.ts';
import { shortId } from '../../format/names.ts';
import { bytesSize, humanSize } from '../../format/units.ts';
import { atLeast, bool, type FlagValues, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { type Listing, printListing, type Row } from '../listing.ts';
import { INTERRUPTED } from '../report.ts';
import type { Command } from '../verb.ts';

const INTERVAL_MS = 1000;
const CLEAR = '\x1b[2J\x1b[H';

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
    let before = await sample(engine(), flags, args);
    if (!flags.bool('no-stream') && io.stdout.isTty) await io.stdout.write(CLEAR);
    for (;;) {
      await sleep(INTERVAL_MS, undefined, { signal: io.signal }).catch(() => {}); // aborted: told below
      if (io.signal.aborted) return INTERRUPTED;
      const now = await sample(engine(), flags, args);
      await show(now, before, flags, io);
      if (flags.bool('no-stream')) return 0;
      before = now;
    }
  },
};

interface Sample {
  id: string;
  name: string;
  stats: ContainerStats;
}

async function sample(
  engine: Engine,
  flags: FlagValues,
  names: readonly string[],
): Promise<Map<string, Sample>> {
  const found = new Map<string, Sample>();
  for (const { Id, Name } of await chosen(engine, flags, names)) {
    try {
      found.set(Id, { id: Id, name: Name.replace(/^\//, ''), stats: await engine.containers.stats(Id) });
    } catch (error) {
      // removed since it was listed
      if ((error as { code?: string }).code !== 'NOT_FOUND') throw error;
    }
  }
  return found;
}

async function chosen(
  engine: Engine,
  flags: FlagValues,
  names: readonly string[],
): Promise<{ Id: string; Name: string }[]> {
  if (names.length > 0) return await Promise.all(names.map((name) => engine.containers.inspect(name)));
  const summaries: ContainerSummary[] = await engine.containers.list({ all: flags.bool('all') });
  return summaries.map(({ Id, Names }) => ({ Id, Name: Names[0] ?? '' }));
}

async function show(
  now: Map<string, Sample>,
  before: Map<string, Sample>,
  flags: FlagValues,
  io: CliIo,
): Promise<void> {
  const isWhole = flags.bool('no-trunc');
  const rows = [...now.values()].map((entry) => rowOf(entry, before.get(entry.id)?.stats, isWhole));
  const listing: Listing = { headers: HEADERS, columns: COLUMNS, rows, type: '*formatter.statsContext' };
  if (!flags.bool('no-stream') && io.stdout.isTty) await io.stdout.write(CLEAR);
  await printListing(listing, flags.string('format'), io);
}

function rowOf({ id, name, stats }: Sample, before: ContainerStats | undefined, isWhole: boolean): Row {
  const { memoryBytes = 0, memoryLimitBytes = 0 } = stats;
  const pair = (first = 0, second = 0) => `${humanSize(first, 3)} / ${humanSize(second, 3)}`;
  const shown = isWhole ? id : shortId(id);
  return {
    Container: shown,
    ID: shown,
    Name: name,
    CPUPerc: `${cpuPercent(stats, before).toFixed(2)}%`,
    MemUsage: `${bytesSize(memoryBytes)} / ${bytesSize(memoryLimitBytes)}`,
    MemPerc: `${(memoryLimitBytes > 0 ? (memoryBytes / memoryLimitBytes) * 100 : 0).toFixed(2)}%`,
    NetIO: pair(stats.netRxBytes, stats.netTxBytes),
    BlockIO: pair(stats.blkReadBytes, stats.blkWriteBytes),
    PIDs: String(stats.pids ?? 0),
  };
}

/** 100 = one CPU busy, as Docker counts. */
export function cpuPercent(now: ContainerStats, before: ContainerStats | undefined): number {
  const elapsedNs = (now.readAt - (before?.readAt ?? now.readAt)) * 1e6;
  if (elapsedNs <= 0 || now.cpuNs === undefined || before?.cpuNs === undefined) return 0;
  return Math.max(0, ((now.cpuNs - before.cpuNs) / elapsedNs) * 100);
}
