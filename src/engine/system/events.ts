/** Verb events: the change feed with Docker's filters, history first, then live. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { eventsAfter, lastEventSeq } from '../state/events.ts';
import { compareTimestamps, parseTimestamp, type Timestamp } from '../timestamps.ts';
import type { EngineEvent } from '../types/events.ts';
import type { Filters } from '../types/images.ts';

/** Docker's; of what only a swarm has there are no events. */
const FILTERS: readonly string[] = [
  'builder',
  'config',
  'container',
  'daemon',
  'event',
  'image',
  'label',
  'network',
  'node',
  'plugin',
  'scope',
  'secret',
  'service',
  'type',
  'volume',
];
const NS_DIGITS = 9;

export interface EventOptions {
  since?: string;
  until?: string;
  filters?: Filters;
  signal?: AbortSignal;
}

/**
 * Contract of `System.events`. Without `since` only what happens from now on; with `until` in the past only history.
 * Throws INVALID_ARGUMENT for an unknown filter or a bad time.
 */
export async function* events(
  ctx: Context,
  options: EventOptions = {},
): AsyncGenerator<EngineEvent, void, void> {
  const test = eventFilter(options.filters ?? {});
  const since = options.since === undefined ? undefined : parseTimestamp(options.since, 'since');
  const until = options.until === undefined ? undefined : parseTimestamp(options.until, 'until');
  let seen = since === undefined && until === undefined ? lastEventSeq(ctx.state) : 0;
  if (since !== undefined && until !== undefined && compareTimestamps(since, until) > 0) {
    const message = `\`since\` time (${timestampText(since)}) cannot be after \`until\` time (${timestampText(until)})`;
    throw new EngineError('INVALID_ARGUMENT', message);
  }
  const isInTime = (event: EngineEvent) => {
    const time = timeOf(event);
    return (
      (since === undefined || compareTimestamps(time, since) >= 0) &&
      (until === undefined || compareTimestamps(time, until) <= 0)
    );
  };
  const feed = new Feed(ctx, options.signal, until);
  try {
    do {
      for (const { seq, event } of eventsAfter(ctx.state, seen)) {
        seen = seq;
        if (isInTime(event) && test(event)) yield event;
      }
    } while (await feed.next());
  } finally {
    feed.close();
  }
}

/** Contract of `System.watch`; `from`: the number of the newest event that is known. */
export function watch(
  ctx: Context,
  from: number,
  listener: (event: EngineEvent) => void,
  signal: AbortSignal,
): void {
  void import('../state/watch.ts').then(({ watchEvents }) => {
    if (!signal.aborted) watchEvents(ctx.state, ctx.paths.database, from, listener, signal);
  });
}

/** Wakes the reader when any process has written an event; ends at `until` or on abort. */
class Feed {
  readonly #stop = new AbortController();
  readonly #timer: NodeJS.Timeout | undefined;
  #isChanged = false;
  #isOver = false;
  #wake: (() => void) | undefined;

  constructor(ctx: Context, signal: AbortSignal | undefined, until: Timestamp | undefined) {
    const end = () => {
      this.#isOver = true;
      this.#wake?.();
    };
    const leftMs =
      until === undefined ? Number.POSITIVE_INFINITY : until.seconds * 1000 + until.nanos / 1e6 - Date.now();
    if (signal?.aborted || leftMs <= 0) {
      end();
      return;
    }
    signal?.addEventListener('abort', end, { once: true, signal: this.#stop.signal });
    if (leftMs < 2 ** 31) this.#timer = setTimeout(end, leftMs);
    watch(ctx, lastEventSeq(ctx.state), () => this.#change(), this.#stop.signal);
  }

  #change(): void {
    this.#isChanged = true;
    this.#wake?.();
  }

  /** False when nothing more comes. */
  async next(): Promise<boolean> {
    while (!this.#isChanged && !this.#isOver) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    const goesOn = this.#isChanged;
    this.#isChanged = false;
    return goesOn && !this.#isOver;
  }

  close(): void {
    clearTimeout(this.#timer);
    this.#stop.abort();
  }
}

function timeOf({ timeNano }: EngineEvent): Timestamp {
  return { seconds: Number(timeNano.slice(0, -NS_DIGITS)), nanos: Number(timeNano.slice(-NS_DIGITS)) };
}

/** As Docker's client hands a time to its daemon. */
const timestampText = ({ seconds, nanos }: Timestamp): string =>
  `${seconds}.${String(nanos).padStart(NS_DIGITS, '0')}`;

/** Docker's daemon/events filter: values are or-ed, labels and kinds and-ed; objects match by the beginning of id or name. */
function eventFilter(filters: Filters): (event: EngineEvent) => boolean {
  const unknown = Object.keys(filters).find((name) => !FILTERS.includes(name));
  if (unknown !== undefined) throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`);
  const checks = Object.entries(filters).map(
    ([name, values]) =>
      (event: EngineEvent) =>
        values[name === 'label' ? 'every' : 'some']((value) => matches(event, name, value)),
  );
  return (event) => checks.every((check) => check(event));
}

function matches(event: EngineEvent, filter: string, value: string): boolean {
  const { ID, Attributes } = event.Actor;
  switch (filter) {
    case 'type':
      return event.Type === value;
    case 'event': // 'exec_create: sh' is found by 'exec_create'
      return event.Action === value || event.Action.split(':')[0] === value;
    case 'scope':
      return value === 'local';
    case 'label': {
      const [name = '', wanted] = value.split(/=(.*)/s);
      return name in Attributes && (wanted === undefined || Attributes[name] === wanted);
    }
    case 'image':
      return isImage(event, value);
    default:
      return (
        event.Type === filter && (ID.startsWith(value) || Attributes['name']?.startsWith(value) === true)
      );
  }
}

/** Images by name with or without tag, also those of container events. */
function isImage({ Type, Actor }: EngineEvent, value: string): boolean {
  const name =
    Type === 'image'
      ? (Actor.Attributes['name'] ?? Actor.ID)
      : Type === 'container'
        ? Actor.Attributes['image']
        : undefined;
  if (name === undefined) return false;
  const withoutTag = name.replace(/:[^/:]+$/, '');
  return name === value || withoutTag === value || (Type === 'image' && Actor.ID === value);
}
