import { describe, expect, it } from 'vitest';
import { readDuration } from '../../../src/engine/index.ts';
import { CONTAINER_FLAGS } from '../../../src/ui/cli/container-flags.ts';
import { parseFlags } from '../../../src/ui/cli/grammar.ts';
import { healthcheck } from '../../../src/ui/cli/opts/health.ts';

const spec = { usage: '', summary: '', flags: CONTAINER_FLAGS, arity: { min: 0, max: 9 } };
const health = (...argv: string[]) => healthcheck(parseFlags(spec, argv).flags);

describe('the flags of the health check', () => {
  it('say nothing when none is given', () => {
    expect(health()).toEqual({});
    expect(health('--health-retries', '0', '--health-interval', '0s')).toEqual({});
  });

  it('make a check that a shell runs', () => {
    const times = ['--health-interval=1m30s', '--health-timeout', '500ms', '--health-start-period', '1h'];
    expect(health('--health-cmd', 'curl -f x || exit 1', ...times, '--health-retries', '2')).toEqual({
      Healthcheck: {
        Test: ['CMD-SHELL', 'curl -f x || exit 1'],
        Interval: 90e9,
        Timeout: 5e8,
        StartPeriod: 3600e9,
        Retries: 2,
      },
    });
  });

  it("change the image's check without one of their own", () => {
    expect(health('--health-retries', '5')).toEqual({ Healthcheck: { Retries: 5 } });
  });

  it("switch the image's check off", () => {
    expect(health('--no-healthcheck')).toEqual({ Healthcheck: { Test: ['NONE'] } });
    expect(() => health('--no-healthcheck', '--health-cmd', 'x')).toThrow(
      '--no-healthcheck conflicts with --health-* options',
    );
  });

  it.each(['interval', 'timeout', 'start-period'])('refuse a negative %s', (name) => {
    expect(() => health(`--health-${name}=-1s`)).toThrow(`--health-${name} cannot be negative`);
  });

  it('refuse negative retries', () => {
    expect(() => health('--health-retries=-1')).toThrow('--health-retries cannot be negative');
  });

  it('take what is to be done when it fails', () => {
    expect(health('--health-cmd', 'x', '--health-on-failure', 'restart')).toMatchObject({
      HealthcheckOnFailureAction: 'restart',
    });
    expect(() => health('--health-on-failure', 'panic')).toThrow(
      'invalid on-failure action "panic" for health check: supported actions: none,kill,restart,stop',
    );
  });

  it.each([
    ['abc', 'time: invalid duration "abc"'],
    ['5', 'time: missing unit in duration "5"'],
    ['5x', 'time: unknown unit "x" in duration "5x"'],
    ['', 'time: invalid duration ""'],
    ['-', 'time: invalid duration "-"'],
    ['1s2', 'time: missing unit in duration "1s2"'],
  ])('refuse the duration %j', (text, message) => {
    expect(() => readDuration(text)).toThrow(message);
  });

  it.each([
    ['0', 0],
    ['1.5s', 1.5e9],
    ['-2m', -120e9],
    ['1h2m3s4ms5us6ns', 3723004005006],
    ['.5s', 5e8],
  ])('read the duration %j', (text, ns) => {
    expect(readDuration(text)).toBe(ns);
  });
});
