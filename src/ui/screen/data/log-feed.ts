/** Follows the log of the container under the cursor into a bounded buffer. */
import { codeOf, type Engine, type LogLine, messageOf } from '../../../engine/index.ts';
import { LogBuffer, type LogEntry, MAX_LINE_LENGTH } from '../state/log-buffer.ts';
import type { Store } from '../state/store.ts';

/** Lines read at first; older ones come from disk when they are scrolled to. */
const FIRST_TAIL = 1000;
const OLDER_STEP = 1000;
/** The cursor has to rest this long before a file is opened. */
const REST_MS = 60;
/** Longest time lines are worked off before keys get their turn. */
const SLICE_MS = 8;

export interface LogFeed {
  readonly buffer: LogBuffer;
  /** Shows this container's log; undefined shows none. */
  show(containerId: string | undefined): void;
  /** Opens the log again after it ended: the container was started again. */
  reopen(containerId: string): void;
  /** Reads lines older than those in the buffer; false when there are none. */
  readOlder(): Promise<boolean>;
  stop(): void;
}

export function createLogFeed(engine: Engine, store: Store): LogFeed {
  let buffer = new LogBuffer();
  let shown: string | undefined;
  let abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isReadingOlder = false;
  let hasEnded = false;

  const changed = () =>
    store.update(({ versions }) => ({ versions: { ...versions, log: versions.log + 1 } }));

  async function follow(id: string, signal: AbortSignal, tail: number, isAgain = false): Promise<void> {
    const target = buffer;
    hasEnded = false;
    try {
      for await (const lines of engine.containers.logs(id, { follow: true, tail, signal })) {
        if (signal.aborted) return;
        await append(target, lines, signal);
      }
    } catch (error) {
      if (signal.aborted || isAgain) return;
      target.append({ time: new Date().toISOString(), isError: true, text: messageOf(error) });
      changed();
      // a log that was deleted: a running container has a new one by now
      if (codeOf(error) === 'DATA_LOSS') await follow(id, signal, tail, true);
    } finally {
      if (!signal.aborted) hasEnded = true;
    }
  }

  /** Works in slices, so that a flood never holds up the keyboard. */
  async function append(target: LogBuffer, lines: readonly LogLine[], signal: AbortSignal): Promise<void> {
    let sliceAt = performance.now();
    for (let index = 0; index < lines.length; index += 1) {
      target.append(entryOf(lines[index]!));
      if ((index & 255) !== 255 || performance.now() - sliceAt < SLICE_MS) continue;
      changed();
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      sliceAt = performance.now();
    }
    changed();
  }

  function open(id: string, tail: number): void {
    abort.abort();
    abort = new AbortController();
    void follow(id, abort.signal, tail);
  }

  return {
    get buffer() {
      return buffer;
    },
    show(id) {
      if (id === shown) return;
      shown = id;
      abort.abort();
      clearTimeout(timer);
      buffer = new LogBuffer();
      store.update(({ log }) => ({
        log: { ...log, bottom: undefined, hit: undefined, mark: undefined },
      }));
      changed();
      if (id !== undefined) timer = setTimeout(() => open(id, FIRST_TAIL), REST_MS);
    },
    reopen(id) {
      if (id !== shown || !hasEnded) return;
      buffer = new LogBuffer();
      open(id, FIRST_TAIL);
    },
    async readOlder() {
      const first = buffer.at(buffer.first);
      if (shown === undefined || first === undefined || isReadingOlder) return false;
      isReadingOlder = true;
      try {
        return (await older(engine, shown, buffer, first)) > 0;
      } finally {
        isReadingOlder = false;
        changed();
      }
    },
    stop() {
      clearTimeout(timer);
      abort.abort();
    },
  };
}

/** Adds lines before the buffer's first one; returns how many. */
async function older(engine: Engine, id: string, buffer: LogBuffer, first: LogEntry): Promise<number> {
  const entries: LogEntry[] = [];
  // `tail` counts from the log's end, over the lines that the buffer has.
  const tail = buffer.end - buffer.first + OLDER_STEP;
  for await (const lines of engine.containers.logs(id, { until: first.time, tail })) {
    entries.push(...lines.map(entryOf));
  }
  // `until` takes the lines of that very time along; those that the buffer begins with are not wanted again.
  let known = 0;
  while (buffer.at(buffer.first + known)?.time === first.time) known += 1;
  return buffer.prepend(entries.slice(0, entries.length - known).slice(-OLDER_STEP));
}

function entryOf({ time, stream, data }: LogLine): LogEntry {
  return {
    time,
    isError: stream === 'stderr',
    text: data.toString('utf8', 0, Math.min(data.length, MAX_LINE_LENGTH)),
  };
}
