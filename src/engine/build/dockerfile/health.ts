/** The flags of HEALTHCHECK (builder reference, "HEALTHCHECK"). Pure. */
import { readDuration } from '../../duration.ts';
import type { ImageRunConfig } from '../../types/config.ts';
import type { Flags } from './flags.ts';
import type { CommandLine } from './instructions.ts';
import { quoted } from './quoted.ts';

export type Healthcheck = NonNullable<ImageRunConfig['Healthcheck']>;

/** Docker refuses a duration under a millisecond but zero (= the default). */
const MIN_DURATION_NS = 1e6;

/** `test` undefined = NONE: the base image's check is switched off. */
export function healthcheck(
  test: CommandLine | undefined,
  flags: Flags,
  fail: (message: string) => never,
): Healthcheck {
  if (test === undefined) return { Test: ['NONE'] };
  const result: Healthcheck = { Test: [test.isShell ? 'CMD-SHELL' : 'CMD', ...test.args] };
  const times = {
    interval: 'Interval',
    timeout: 'Timeout',
    'start-period': 'StartPeriod',
    'start-interval': undefined, // judged only: API 1.41 has no field for it
  } as const;
  for (const [flag, field] of Object.entries(times)) {
    const text = flags[flag as keyof typeof times];
    if (!text) continue;
    const ns = durationOf(text, fail);
    if (ns !== 0 && ns < MIN_DURATION_NS) fail(`Interval ${quoted(flag)} cannot be less than 1ms`);
    if (ns !== 0 && field !== undefined) result[field] = ns;
  }
  return { ...result, ...retriesOf(flags.retries, fail) };
}

function durationOf(text: string, fail: (message: string) => never): number {
  try {
    return readDuration(text);
  } catch (error) {
    return fail((error as Error).message);
  }
}

function retriesOf(text: string | undefined, fail: (message: string) => never): { Retries?: number } {
  if (!text) return {};
  if (!/^[+-]?\d+$/.test(text)) fail(`strconv.ParseInt: parsing ${quoted(text)}: invalid syntax`);
  const retries = Number(text);
  if (Math.abs(retries) > 0x7fff_ffff) fail(`strconv.ParseInt: parsing ${quoted(text)}: value out of range`);
  if (retries < 0) fail(`--retries cannot be negative (${retries})`);
  return { Retries: retries };
}
