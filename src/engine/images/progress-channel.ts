/** Parallel work behind one generator of progress. */
import type { Progress } from '../types/progress.ts';

export type Emit = (progress: Progress) => void;

/**
 * Runs `work` and yields what it emits, in order. While the reader is busy, steps of a bar overwrite each other, so that a slow
 * reader never holds megabytes of them. Ending the generator early aborts the work and waits for it.
 */
export async function* withProgress<T>(
  signal: AbortSignal | undefined,
  work: (emit: Emit, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<Progress, T, void> {
  const stop = new AbortController();
  const queue: Progress[] = [];
  let wake = () => {};
  const emit: Emit = (progress) => {
    const last = queue.findLastIndex(({ id }) => id === progress.id);
    const isStep =
      progress.id !== undefined && progress.current !== undefined && queue[last]?.status === progress.status;
    if (isStep) queue[last] = progress;
    else queue.push(progress);
    wake();
  };
  let isDone = false;
  const running = work(
    emit,
    signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]),
  ).finally(() => {
    isDone = true;
    wake();
  });
  running.catch(() => {}); // awaited below; until then it must not count as unhandled
  try {
    for (;;) {
      while (queue.length > 0) yield queue.shift()!;
      if (isDone) return await running;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    if (!isDone) {
      stop.abort();
      await running.catch(() => {});
    }
  }
}
