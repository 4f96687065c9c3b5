import { describe, expect, it, vi } from 'vitest';
import { EngineError } from '../../../src/engine/index.ts';
import { watchWaysOut } from '../../../src/ui/screen/ways-out.ts';

describe('an error that nobody waited for', () => {
  const reject = (error: unknown) => {
    const leave = vi.fn();
    const tell = vi.fn();
    const stop = watchWaysOut(leave, tell);
    const listener = process.listeners('unhandledRejection').at(-1)!;
    listener(error, Promise.resolve());
    stop();
    expect(process.listeners('unhandledRejection')).not.toContain(listener);
    return { leave, tell };
  };

  it("is told and ends nothing when it is the engine's", () => {
    const error = new EngineError('NOT_FOUND', 'No such container: web');
    const { leave, tell } = reject(error);
    expect(tell).toHaveBeenCalledExactlyOnceWith(error);
    expect(leave).not.toHaveBeenCalled();
  });

  it('ends the screen with status 1 when it is a mistake of ours', () => {
    const error = new TypeError('x is undefined');
    const { leave, tell } = reject(error);
    expect(leave).toHaveBeenCalledExactlyOnceWith(1, error);
    expect(tell).not.toHaveBeenCalled();
  });
});
