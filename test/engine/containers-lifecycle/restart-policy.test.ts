import { describe, expect, it } from 'vitest';
import {
  type RestartFacts,
  restartDelayMs,
  restartPolicyProblem,
  startsAtBoot,
} from '../../../src/engine/containers/restart-policy.ts';
import type { HostConfig } from '../../../src/engine/types/config.ts';
import type { ContainerRecord } from '../../../src/engine/types/containers.ts';

type Policy = NonNullable<HostConfig['RestartPolicy']>;

function facts(policy: Policy, more: Partial<RestartFacts> = {}): RestartFacts {
  return { HostConfig: { RestartPolicy: policy }, RestartCount: 0, StoppedByUser: false, ...more };
}

const always: Policy = { Name: 'always' };
const failed = { exitCode: 1, ranMs: 50 };

describe('a restart policy', () => {
  it('doubles its delay from 100 ms to a minute', () => {
    const delays: number[] = [];
    let record = facts(always);
    for (let count = 0; count < 12; count += 1) {
      const delayMs = restartDelayMs(record, failed)!;
      delays.push(delayMs);
      record = { ...record, Restart: { delayMs } };
    }
    expect(delays).toEqual([100, 200, 400, 800, 1600, 3200, 6400, 12_800, 25_600, 51_200, 60_000, 60_000]);
  });

  it('begins again with the first delay after ten seconds up', () => {
    const record = facts(always, { Restart: { delayMs: 6400 } });
    expect(restartDelayMs(record, { exitCode: 1, ranMs: 9999 })).toBe(12_800);
    expect(restartDelayMs(record, { exitCode: 1, ranMs: 10_000 })).toBe(100);
    expect(restartDelayMs(record, { exitCode: 1, ranMs: -3_600_000 }), 'a clock set back').toBe(12_800);
  });

  it.each([
    ['no', 1, undefined],
    ['', 1, undefined],
    ['always', 0, 100],
    ['always', 137, 100],
    ['unless-stopped', 0, 100],
    ['on-failure', 0, undefined],
    ['on-failure', 3, 100],
  ] as [Policy['Name'], number, number | undefined][])(
    '%j after exit code %i: %s',
    (Name, exitCode, delay) => {
      expect(restartDelayMs(facts({ Name }), { exitCode, ranMs: 50 })).toBe(delay);
    },
  );

  it('counts failures when it has a maximum', () => {
    const policy: Policy = { Name: 'on-failure', MaximumRetryCount: 2 };
    const delayOf = (RestartCount: number) => restartDelayMs(facts(policy, { RestartCount }), failed);
    expect([delayOf(0), delayOf(1), delayOf(2), delayOf(3)]).toEqual([100, 100, undefined, undefined]);
  });

  it('is quiet after a stop by the user, whatever it says', () => {
    const stopped = { StoppedByUser: true, RestartCanceled: true };
    for (const Name of ['always', 'unless-stopped', 'on-failure'] as const)
      expect(restartDelayMs(facts({ Name }, stopped), failed), Name).toBeUndefined();
  });

  it('heeds a mere signal of the user only when it is unless-stopped', () => {
    const signalled = { StoppedByUser: true };
    expect(restartDelayMs(facts(always, signalled), failed)).toBe(100);
    expect(restartDelayMs(facts({ Name: 'on-failure' }, signalled), failed)).toBe(100);
    expect(restartDelayMs(facts({ Name: 'unless-stopped' }, signalled), failed)).toBeUndefined();
  });

  it.each([
    ['no', 255, false, false],
    ['always', 0, false, true],
    ['always', 0, true, true],
    ['unless-stopped', 255, false, true],
    ['unless-stopped', 0, true, false],
    ['on-failure', 255, false, true],
    ['on-failure', 0, false, false],
    ['on-failure', 143, true, true],
  ] as [Policy['Name'], number, boolean, boolean][])(
    'at boot: %s, exit code %i, stopped by the user %s: %s',
    (Name, ExitCode, StoppedByUser, isStarted) => {
      const State = { ExitCode, StartedAt: '2026-01-01T00:00:00Z' } as ContainerRecord['State'];
      const record = { ...facts({ Name }, { StoppedByUser, RestartCanceled: StoppedByUser }), State };
      expect(startsAtBoot(record)).toBe(isStarted);
    },
  );

  it('leaves what never ran alone at boot', () => {
    const State = { ExitCode: 0, StartedAt: '0001-01-01T00:00:00Z' } as ContainerRecord['State'];
    expect(startsAtBoot({ ...facts(always), State })).toBe(false);
  });

  it.each([
    [{ Name: 'always' }, undefined],
    [{ Name: 'on-failure', MaximumRetryCount: 3 }, undefined],
    [{ Name: 'on-failure', MaximumRetryCount: -3 }, 'maximum retry count cannot be negative'],
    [
      { Name: 'always', MaximumRetryCount: 3 },
      "maximum retry count cannot be used with restart policy 'always'",
    ],
    [{ Name: 'no', MaximumRetryCount: 1 }, "maximum retry count cannot be used with restart policy 'no'"],
    [{ Name: 'sometimes' as 'no' }, "invalid restart policy 'sometimes'"],
  ] as [Policy, string | undefined][])('%j is judged: %s', (policy, problem) => {
    expect(restartPolicyProblem(policy)).toBe(problem);
  });
});
