/** Time with more digits than Date has. Not by `performance`: it takes a command 1 ms to load. */

/** What the monotonic clock may be away from the real one before that one is believed: it was set meanwhile. */
const CLOCK_DRIFT_MS = 5;

/** Of a clock that nobody sets: only differences mean something. */
export const monotonicMs = (): number => Number(process.hrtime.bigint()) / 1e6;

const start = { realMs: Date.now(), monotonicMs: monotonicMs() };

/** Milliseconds since 1970, with microseconds: what one process times has an order; two may be a millisecond apart. */
export function nowMs(): number {
  const realMs = Date.now();
  const preciseMs = start.realMs + monotonicMs() - start.monotonicMs;
  return Math.abs(preciseMs - realMs) > CLOCK_DRIFT_MS ? realMs : preciseMs;
}
