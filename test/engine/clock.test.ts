import { afterEach, describe, expect, it, vi } from 'vitest';
import { monotonicMs, nowMs } from '../../src/engine/clock.ts';

describe('the clock', () => {
  afterEach(() => {
    vi.restoreAllMocks();
  });

  it('has the real time, and an order within a millisecond', () => {
    const times = Array.from({ length: 50 }, nowMs);
    expect(Math.abs(times[0]! - Date.now())).toBeLessThan(1000);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times.some((time) => !Number.isInteger(time))).toBe(true);
  });

  it('believes the real time when that was set meanwhile', () => {
    const tomorrow = Date.now() + 86_400_000;
    vi.spyOn(Date, 'now').mockReturnValue(tomorrow);
    expect(nowMs()).toBe(tomorrow);
  });

  it('measures durations in milliseconds, also when the real time is set', () => {
    const before = monotonicMs();
    vi.spyOn(Date, 'now').mockReturnValue(0);
    const passed = monotonicMs() - before;
    expect(passed).toBeGreaterThan(0);
    expect(passed).toBeLessThan(10_000);
  });
});
