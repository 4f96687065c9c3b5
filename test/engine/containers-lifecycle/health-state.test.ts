import { describe, expect, it } from 'vitest';
import {
  CheckOutput,
  healthAfter,
  healthcheckProblem,
  probeOf,
  startingHealth,
  timeoutText,
  uncheckedHealth,
} from '../../../src/engine/containers/health-state.ts';
import type { ContainerHealth, HealthResult } from '../../../src/engine/types/health.ts';

const startedAt = '2026-01-01T00:00:00Z';
const SECOND_NS = 1e9;

const result = (ExitCode: number, second = 60): HealthResult => {
  const Start = new Date(Date.parse(startedAt) + second * 1000).toISOString();
  return { Start, End: Start, ExitCode, Output: `${ExitCode}` };
};

function healthOf(codes: number[], check: { Retries?: number; StartPeriod?: number } = {}): ContainerHealth {
  const Test = ['CMD', 'x'];
  return codes.reduce(
    (health, code, second) =>
      healthAfter(health, result(code, second), { check: { Test, ...check }, startedAt }),
    startingHealth(undefined),
  );
}

describe('health', () => {
  it.each([
    [[], 'starting', 0],
    [[1, 1], 'starting', 2],
    [[1, 1, 1], 'unhealthy', 3],
    [[1, 1, 0], 'healthy', 0],
    [[0, 1, 1], 'healthy', 2],
    [[0, 1, -1, 137], 'unhealthy', 3],
    [[1, 1, 1, 0], 'healthy', 0],
  ] as [number[], string, number][])(
    'after exit codes %j is %s with %i failures',
    (codes, Status, FailingStreak) => {
      expect(healthOf(codes)).toMatchObject({ Status, FailingStreak });
    },
  );

  it('counts no failure in the start period before the first success', () => {
    const check = { Retries: 1, StartPeriod: 3 * SECOND_NS };
    expect(healthOf([1, 1, 1], check)).toMatchObject({ Status: 'starting', FailingStreak: 0 });
    expect(healthOf([1, 1, 1, 1], check)).toMatchObject({ Status: 'unhealthy', FailingStreak: 1 });
    expect(healthOf([0, 1], check)).toMatchObject({ Status: 'unhealthy', FailingStreak: 1 });
  });

  it('keeps the last five results, also over a restart', () => {
    const health = healthOf([0, 1, 2, 3, 4, 5, 6]);
    expect(health.Log.map(({ ExitCode }) => ExitCode)).toEqual([2, 3, 4, 5, 6]);
    expect(startingHealth(health)).toEqual({ Status: 'starting', FailingStreak: 0, Log: health.Log });
  });

  it('is unhealthy while nobody checks', () => {
    expect(uncheckedHealth(healthOf([0]))).toMatchObject({ Status: 'unhealthy', FailingStreak: 0 });
  });
});

describe('a health check', () => {
  it.each([
    [undefined, undefined],
    [['NONE'], undefined],
    [[], undefined],
    [['ODD', 'x'], undefined],
    [
      ['CMD', 'check', '-q'],
      ['check', '-q'],
    ],
    [
      ['CMD-SHELL', 'check -q'],
      ['/bin/sh', '-c', 'check -q'],
    ],
  ] as [string[] | undefined, string[] | undefined][])('%j runs %j', (Test, command) => {
    const config = { Image: 'x', ...(Test && { Healthcheck: { Test } }) };
    expect(probeOf(config)?.command).toEqual(command);
  });

  it("takes the image's shell, and Docker's times where none are given", () => {
    const config = { Image: 'x', Shell: ['/bin/bash', '-ec'], Healthcheck: { Test: ['CMD-SHELL', 'a'] } };
    const command = ['/bin/bash', '-ec', 'a'];
    expect(probeOf(config)).toEqual({ command, intervalMs: 30_000, timeoutMs: 30_000 });
    const times = { Interval: 0.5 * SECOND_NS, Timeout: 2 * SECOND_NS };
    expect(probeOf({ Image: 'x', Healthcheck: { Test: ['CMD', 'a'], ...times } })).toMatchObject({
      intervalMs: 500,
      timeoutMs: 2000,
    });
  });

  it.each([
    [{ Interval: 1 }, 'Interval in Healthcheck cannot be less than 1ms'],
    [{ Timeout: 999_999 }, 'Timeout in Healthcheck cannot be less than 1ms'],
    [{ StartPeriod: -1 }, 'StartPeriod in Healthcheck cannot be less than 1ms'],
    [{ Retries: -1 }, 'Retries in Healthcheck cannot be negative'],
    [{ Interval: 1e6, Timeout: 0, Retries: 0 }, undefined],
  ])('%j is judged: %s', (check, problem) => {
    expect(healthcheckProblem({ Image: 'x', Healthcheck: check })).toBe(problem);
  });

  it('must be there when something is to be done on its failure', () => {
    const action = { Image: 'x', HealthcheckOnFailureAction: 'kill' } as const;
    expect(healthcheckProblem(action)).toBe('cannot set on-failure action to kill without a health check');
    expect(healthcheckProblem({ ...action, Healthcheck: { Test: ['CMD', 'x'] } })).toBeUndefined();
  });

  it('keeps 4096 bytes of output', () => {
    const output = new CheckOutput();
    output.add(Buffer.alloc(4095, 'a'));
    expect(output.text()).toHaveLength(4095);
    output.add(Buffer.from('bc'));
    output.add(Buffer.from('d'));
    expect(output.text()).toBe(`${'a'.repeat(4095)}b...`);
  });

  it.each([
    [300, '300ms'],
    [1500, '1.5s'],
    [30_000, '30s'],
    [60_000, '1m0s'],
    [90_500, '1m30.5s'],
    [3_600_000, '1h0m0s'],
  ])('that hangs for %i ms is told with %s', (ms, text) => {
    expect(timeoutText(ms)).toBe(`Health check exceeded timeout (${text})`);
  });
});
