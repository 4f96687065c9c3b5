/** Reads logs of containers as entries of the buffer: what is older, and several logs as one. */
import type { Engine, LogLine } from '../../../engine/index.ts';
import { type LogBuffer, type LogEntry, MAX_LINE_LENGTH } from '../state/log-buffer.ts';

const OLDER_STEP = 1000;
/** What several logs begin with is put in order after so many ticks at the latest: a process that is held up misses one, not all. */
const GATHER_TICKS = 5;
const GATHER_TICK_MS = 50;

export function entryOf({ time, stream, data }: LogLine, source: string): LogEntry {
  return {
    time,
    isError: stream === 'stderr',
    text: data.toString('utf8', 0, Math.min(data.length, MAX_LINE_LENGTH)),
    source,
  };
}

/** Adds lines of these logs before the buffer's first one; returns how many. */
export async function addOlder(engine: Engine, ids: readonly string[], buffer: LogBuffer): Promise<number> {
  const first = buffer.at(buffer.first);
  if (first === undefined) return 0;
  const known = countsOf(buffer, first);
  const read = await Promise.all(ids.map((id) => olderOf(engine, id, first, known.get(id) ?? NOTHING)));
  return buffer.prepend(read.flat().sort(byTime).slice(-OLDER_STEP));
}

const byTime = (a: LogEntry, b: LogEntry): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0);

/** Lines that the buffer has of a log: all, and those of the time of its first line. */
interface Known {
  lines: number;
  atFirst: number;
}

function countsOf(buffer: LogBuffer, { time: firstTime }: LogEntry): ReadonlyMap<string, Known> {
  const counts = new Map<string, Known>();
  for (let number = buffer.first; number < buffer.end; number += 1) {
    const { source, time } = buffer.at(number)!;
    const { lines, atFirst } = counts.get(source) ?? NOTHING;
    counts.set(source, { lines: lines + 1, atFirst: atFirst + (time === firstTime ? 1 : 0) });
  }
  return counts;
}

const NOTHING: Known = { lines: 0, atFirst: 0 };

/** Lines of one log before the buffer's first; lines that were written at once have the same time. */
async function olderOf(
  engine: Engine,
  id: string,
  { time: until }: LogEntry,
  known: Known,
): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  // `tail` counts from the log's end, over the lines that the buffer has.
  for await (const lines of engine.containers.logs(id, { until, tail: known.lines + OLDER_STEP }))
    entries.push(...lines.map((line) => entryOf(line, id)));
  // `until` takes the lines of that very time along; those that the buffer begins with are not wanted again.
  return entries.slice(0, entries.length - known.atFirst);
}

/**
 * Joins logs that are read side by side: what they begin with is sorted by time once all have told it, later lines come as they are
 * written. `put` is called with the entries in that order.
 */
export function createMerger(count: number, put: (entries: readonly LogEntry[]) => Promise<void>) {
  let waiting: LogEntry[] | undefined = [];
  const told = new Set<string>();
  const release = async () => {
    clearTimeout(timer);
    const entries = waiting?.sort(byTime) ?? [];
    waiting = undefined;
    await put(entries);
  };
  let ticks = 0;
  const tick = () => {
    ticks += 1;
    if (ticks < GATHER_TICKS) timer = setTimeout(tick, GATHER_TICK_MS).unref();
    else void release();
  };
  let timer = setTimeout(tick, GATHER_TICK_MS).unref();
  return async (id: string, entries: readonly LogEntry[]): Promise<void> => {
    if (waiting === undefined) return put(entries);
    waiting.push(...entries);
    told.add(id);
    if (told.size >= count) await release();
  };
}
