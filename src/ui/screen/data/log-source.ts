/** Reads logs of containers as entries of the buffer: what is older, and several logs as one. */
import type { Engine, LogLine } from '../../../engine/index.ts';
import { type LogBuffer, type LogEntry, MAX_LINE_LENGTH } from '../state/log-buffer.ts';

const OLDER_STEP = 1000;
/** What several logs begin with is put in order after this time at the latest. */
const GATHER_MS = 250;

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
  const known = countsOf(buffer);
  const read = await Promise.all(ids.map((id) => olderOf(engine, id, first, known.get(id) ?? 0)));
  return buffer.prepend(read.flat().sort(byTime).slice(-OLDER_STEP));
}

const byTime = (a: LogEntry, b: LogEntry): number => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0);

function countsOf(buffer: LogBuffer): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (let number = buffer.first; number < buffer.end; number += 1) {
    const { source } = buffer.at(number)!;
    counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  return counts;
}

/** Lines of one log before the buffer's first; the buffer has `known` lines of it. */
async function olderOf(engine: Engine, id: string, first: LogEntry, known: number): Promise<LogEntry[]> {
  const entries: LogEntry[] = [];
  // `tail` counts from the log's end, over the lines that the buffer has.
  for await (const lines of engine.containers.logs(id, { until: first.time, tail: known + OLDER_STEP }))
    entries.push(...lines.map((line) => entryOf(line, id)));
  // `until` takes the lines of that very time along, which the buffer has.
  const end = entries.findIndex(({ time }) => time >= first.time);
  return end < 0 ? entries : entries.slice(0, end);
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
  const timer = setTimeout(() => void release(), GATHER_MS).unref();
  return async (id: string, entries: readonly LogEntry[]): Promise<void> => {
    if (waiting === undefined) return put(entries);
    waiting.push(...entries);
    told.add(id);
    if (told.size >= count) await release();
  };
}
