import { execFileSync } from 'node:child_process';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { hasRegistry } from '../support/registry.ts';
import { canRunContainers } from '../support/requirements.ts';
import { readTape } from '../support/tape.ts';
import { DEMO_TAPE, playDemo } from '../support/tape-demo.ts';

const BOXTOP = join(resolve(import.meta.dirname, '../..'), 'bin/boxtop');

describe('the recorded demo', () => {
  it('is in the grammar of vhs, and short', () => {
    const pauseMs = readTape(DEMO_TAPE).reduce(
      (sum, command) => sum + (command.kind === 'sleep' ? command.ms : 0),
      0,
    );
    expect(pauseMs).toBeGreaterThan(0);
    expect(pauseMs).toBeLessThan(45_000);
  });

  it.skipIf(!canRunContainers || !hasRegistry)(
    'plays the real program from an empty store to a pushed image',
    async () => {
      await playDemo({
        speed: 16,
        inspect: async ({ env, registry }) => {
          const boxtop = (...args: string[]) =>
            execFileSync(BOXTOP, args, { env: { ...process.env, ...env }, encoding: 'utf8' }).trim();
          expect(boxtop('ps', '--format', '{{.Names}}').split('\n').sort()).toEqual(['box', 'cache', 'web']);
          const tags: unknown = await (await fetch(`http://${registry}/v2/box/tags/list`)).json();
          expect(tags).toEqual({ name: 'box', tags: ['1'] });
        },
      });
    },
    120_000,
  );
});
