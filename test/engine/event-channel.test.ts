/** Parallel work behind one generator of events. */
import { describe, expect, it } from 'vitest';
import { withEvents } from '../../src/engine/event-channel.ts';

describe('room in the channel', () => {
  it('holds up work that emits without end while nobody reads', async () => {
    let emitted = 0;
    const events = withEvents<number, void>(undefined, async (emit, signal, room) => {
      while (emitted < 10_000 && !signal.aborted) {
        emitted += 1;
        emit(emitted);
        await room();
      }
    });
    expect((await events.next()).value).toBe(1);
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(emitted).toBeLessThan(1000);
    let read = 1;
    for await (const _ of events) read += 1;
    expect(read).toBe(10_000);
  });

  it('lets go when the reader goes, and when it is cancelled', async () => {
    const cancel = new AbortController();
    let emitted = 0;
    const endless = async (emit: (event: number) => void, signal: AbortSignal, room: () => Promise<void>) => {
      while (!signal.aborted) {
        emitted += 1;
        emit(emitted);
        await room();
      }
    };
    const left = withEvents<number, void>(undefined, endless);
    await left.next();
    await left.return();
    const cancelled = withEvents<number, void>(cancel.signal, endless);
    await cancelled.next();
    await new Promise((resolve) => setTimeout(resolve, 5));
    cancel.abort();
    let result = await cancelled.next();
    while (!result.done) result = await cancelled.next();
    expect(result.done).toBe(true);
  });
});
