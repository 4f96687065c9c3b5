/** Parallel work behind one generator of progress. */
import { type Emit as EmitEvent, withEvents } from '../event-channel.ts';
import type { Progress } from '../types/progress.ts';

export type Emit = EmitEvent<Progress>;

/** Runs `work` and yields what it emits; steps of a bar overwrite each other while the reader is busy. */
export function withProgress<T>(
  signal: AbortSignal | undefined,
  work: (emit: Emit, signal: AbortSignal) => Promise<T>,
): AsyncGenerator<Progress, T, void> {
  return withEvents(signal, work, (queue, progress) => {
    if (progress.id === undefined || progress.current === undefined) return -1;
    const last = queue.findLastIndex(({ id }) => id === progress.id);
    return queue[last]?.status === progress.status ? last : -1;
  });
}
