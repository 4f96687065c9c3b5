/** Follows the log of the container under the cursor, or several logs as one, into a bounded buffer. */
import { codeOf, type Engine, messageOf } from '../../../engine/index.ts';
import { LogBuffer, type LogEntry } from '../state/log-buffer.ts';
import type { Store } from '../state/store.ts';
import { createLogResume, type LogResume } from './log-resume.ts';
import { addOlder, createMerger, entryOf } from './log-source.ts';

/** Lines read at first, of all logs together; older ones come from disk when they are scrolled to. */
const FIRST_TAIL = 1000;
/** The cursor has to rest this long before a file is opened. */
const REST_MS = 60;
/** Longest time lines are worked off before keys get their turn. */
const SLICE_MS = 8;

export interface LogFeed {
  readonly buffer: LogBuffer;
  /** Shows the logs of these containers, none when there are none. */
  show(containerIds: readonly string[]): void;
  /** Opens the log again after it ended: the container was started again. */
  reopen(containerId: string): void;
  /** Reads lines older than those in the buffer; false when there are none. */
  readOlder(): Promise<boolean>;
  stop(): void;
}

/** Takes entries of the log `id`. */
type Put = (id: string, entries: readonly LogEntry[]) => Promise<void>;

/** A log that is shown. */
interface Source {
  id: string;
  resume: LogResume;
  /** `started`: the container was started again since, which the reading may not have noticed before it ended. */
  state: 'followed' | 'started' | 'ended';
}

export function createLogFeed(engine: Engine, store: Store): LogFeed {
  let buffer = new LogBuffer();
  let shown: readonly string[] = [];
  let abort = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let isReadingOlder = false;
  let sources: readonly Source[] = [];
  let options: FollowOptions | undefined;

  const changed = () =>
    store.update(({ versions }) => ({ versions: { ...versions, log: versions.log + 1 } }));

  function open(): void {
    abort.abort();
    abort = new AbortController();
    const { signal } = abort;
    sources = shown.map((id) => ({ id, resume: createLogResume(), state: 'followed' }));
    const append = appender(buffer, signal, changed);
    const put: Put = shown.length > 1 ? createMerger(shown.length, append) : (_, entries) => append(entries);
    const tail = Math.ceil(FIRST_TAIL / shown.length);
    options = { tail, signal, put };
    for (const source of sources) void follow(source, options);
  }

  async function follow(source: Source, following: FollowOptions): Promise<void> {
    do {
      source.state = 'followed';
      await followLog(engine, source, following);
    } while (isStarted(source) && !following.signal.aborted);
    source.state = 'ended';
  }

  return {
    get buffer() {
      return buffer;
    },
    show(ids) {
      if (ids.length === shown.length && ids.every((id, index) => id === shown[index])) return;
      shown = ids;
      abort.abort();
      clearTimeout(timer);
      buffer = new LogBuffer();
      store.update(({ log }) => ({
        log: { ...log, bottom: undefined, hit: undefined, mark: undefined },
      }));
      changed();
      if (ids.length > 0) timer = setTimeout(open, REST_MS);
    },
    reopen(id) {
      const source = sources.find((one) => one.id === id);
      if (source === undefined || options === undefined || options.signal.aborted) return;
      // Goes on behind what is there: what was scrolled to and marked stays what it is.
      if (source.state === 'ended') void follow(source, options);
      else source.state = 'started';
    },
    async readOlder() {
      if (isReadingOlder) return false;
      isReadingOlder = true;
      try {
        return (await addOlder(engine, shown, buffer)) > 0;
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

interface FollowOptions {
  tail: number;
  signal: AbortSignal;
  put: Put;
}

const isStarted = ({ state }: Source): boolean => state === 'started';

/** Resolves when the log ends; why it can't be read becomes a line of it. What was read before is not read again. */
async function followLog(
  engine: Engine,
  source: Source,
  options: FollowOptions,
  isAgain = false,
): Promise<void> {
  const { tail, signal, put } = options;
  const { id, resume } = source;
  const { since } = resume;
  // Times of a clock that was set back since tell nothing of what is new.
  const isAhead = since !== undefined && since > new Date().toISOString();
  const from = since === undefined ? { tail } : isAhead ? { tail: 0 } : { since };
  resume.begin();
  try {
    for await (const lines of engine.containers.logs(id, { follow: true, signal, ...from })) {
      if (signal.aborted) return;
      const entries = resume.fresh(lines).map((line) => entryOf(line, id));
      await put(id, entries);
    }
  } catch (error) {
    if (signal.aborted || isAgain) return;
    await put(id, [{ time: new Date().toISOString(), isError: true, text: messageOf(error), source: id }]);
    // a log that was deleted: a running container has a new one by now
    if (codeOf(error) === 'DATA_LOSS') await followLog(engine, source, options, true);
  }
}

/** Appends in slices, so that a flood never holds up the keyboard. */
function appender(target: LogBuffer, signal: AbortSignal, changed: () => void) {
  return async (entries: readonly LogEntry[]): Promise<void> => {
    let sliceAt = performance.now();
    for (let index = 0; index < entries.length; index += 1) {
      target.append(entries[index]!);
      if ((index & 255) !== 255 || performance.now() - sliceAt < SLICE_MS) continue;
      changed();
      await new Promise((resolve) => setImmediate(resolve));
      if (signal.aborted) return;
      sliceAt = performance.now();
    }
    changed();
  };
}
