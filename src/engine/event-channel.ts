/** Parallel work behind one generator of events. */

export type Emit<E> = (event: E) => void;

/** Which queued event a new one makes superfluous: its index, or -1. */
export type Replaces<E> = (queue: readonly E[], event: E) => number;

/** Resolves when the reader has kept up, for those who emit without end; at once when it is over. */
export type Room = () => Promise<void>;

/** Events that may wait before `Room` makes one wait. */
const MAX_WAITING = 256;

/**
 * Runs `work` and yields what it emits, in order. While the reader is busy, an event may take the place of the one it `replaces`,
 * so that a slow reader never holds megabytes. Ending the generator early aborts the work and waits for it.
 */
export async function* withEvents<E, T>(
  signal: AbortSignal | undefined,
  work: (emit: Emit<E>, signal: AbortSignal, room: Room) => Promise<T>,
  replaces: Replaces<E> = () => -1,
): AsyncGenerator<E, T, void> {
  const stop = new AbortController();
  const queue: E[] = [];
  let wake = () => {};
  const emit: Emit<E> = (event) => {
    const index = replaces(queue, event);
    if (index >= 0) queue[index] = event;
    else queue.push(event);
    wake();
  };
  let isDone = false;
  const pass = () => stop.abort(signal?.reason);
  if (signal?.aborted) pass();
  signal?.addEventListener('abort', pass, { once: true }); // AbortSignal.any() takes longer than a quick command's work
  const waiting: (() => void)[] = [];
  const room: Room = async () => {
    if (stop.signal.aborted || queue.length < MAX_WAITING) return;
    await new Promise<void>((resolve) => waiting.push(resolve));
  };
  const makeRoom = () => {
    for (const go of waiting.splice(0)) go();
  };
  stop.signal.addEventListener('abort', makeRoom, { once: true });
  const running = work(emit, stop.signal, room).finally(() => {
    isDone = true;
    wake();
  });
  running.catch(() => {}); // awaited below; until then it must not count as unhandled
  try {
    for (;;) {
      while (queue.length > 0) {
        if (queue.length < MAX_WAITING) makeRoom();
        yield queue.shift()!;
      }
      makeRoom();
      if (isDone) return await running;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    signal?.removeEventListener('abort', pass);
    stop.signal.removeEventListener('abort', makeRoom);
    if (!isDone) {
      stop.abort();
      makeRoom();
      await running.catch(() => {});
    }
  }
}
