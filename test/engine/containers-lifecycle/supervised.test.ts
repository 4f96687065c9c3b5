import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { cancelRestart, recordEnd } from '../../../src/engine/containers/end-state.ts';
import { containerDocuments } from '../../../src/engine/containers/records.ts';
import {
  ensureSupervisor,
  retireSupervisor,
  SUPERVISOR_LOCK,
  superviseContainer,
  supervisedIds,
  unfinishedCheck,
  unsuperviseContainer,
} from '../../../src/engine/containers/supervised.ts';
import type { Context } from '../../../src/engine/context.ts';
import { isLocked, lockFor, tryLock } from '../../../src/engine/state/locks.ts';
import { Alarm } from '../../../src/engine/supervisor/alarm.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';

describe('the list of what is supervised', () => {
  let ctx: Context;
  let close: () => void;
  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  it('names containers and the check under way', () => {
    superviseContainer(ctx, 'a');
    superviseContainer(ctx, 'b', 'exec');
    expect(supervisedIds(ctx)).toEqual(['a', 'b']);
    expect([unfinishedCheck(ctx, 'a'), unfinishedCheck(ctx, 'b')]).toEqual([undefined, 'exec']);
    unsuperviseContainer(ctx, 'a');
    unsuperviseContainer(ctx, 'nobody');
    expect(supervisedIds(ctx)).toEqual(['b']);
  });

  it('keeps the supervisor until it is empty, and takes its lock with the last', () => {
    expect(tryLock(ctx.state, SUPERVISOR_LOCK)).toBe(true);
    expect(tryLock(ctx.state, SUPERVISOR_LOCK), 'its own').toBe(true);
    superviseContainer(ctx, 'a');
    expect(retireSupervisor(ctx)).toBe(false);
    expect(isLocked(ctx.state, SUPERVISOR_LOCK)).toBe(true);
    unsuperviseContainer(ctx, 'a');
    expect(retireSupervisor(ctx)).toBe(true);
    expect(isLocked(ctx.state, SUPERVISOR_LOCK)).toBe(false);
  });

  it('is the holder also when that is written while it asks', () => {
    const busy = {
      ...ctx.state,
      write<T>(fn: () => T): T {
        lockFor(ctx.state, SUPERVISOR_LOCK, () => process.pid); // its starter was before it
        return ctx.state.write(fn);
      },
    };
    expect(tryLock(busy, SUPERVISOR_LOCK)).toBe(true);
  });

  it('starts one supervisor, which holds the lock before it runs and until it is gone', async () => {
    const ready = join(ctx.paths.root, 'supervisor.log');
    const other = {
      ...ctx,
      self: [process.execPath, '-e', 'setTimeout(() => {}, 30_000)', '--'], // else Node refuses the words behind
      paths: { ...ctx.paths, runRoot: ctx.paths.root },
    };
    ensureSupervisor(other);
    expect(isLocked(ctx.state, SUPERVISOR_LOCK)).toBe(true);
    expect(existsSync(ready)).toBe(true);
    expect(tryLock(ctx.state, SUPERVISOR_LOCK), "the supervisor's, not ours").toBe(false);
    const holder = ctx.state.prepare('SELECT pid FROM locks WHERE name = ?').get(SUPERVISOR_LOCK);
    process.kill(holder!['pid'] as number, 'SIGKILL');
    await expect.poll(() => isLocked(ctx.state, SUPERVISOR_LOCK), { timeout: 10_000 }).toBe(false);
  });

  it('loses a container whose restart is called off', () => {
    const record = makeContainer(ctx, 'a', { hostConfig: { RestartPolicy: { Name: 'always' } }, pid: 1 });
    recordEnd(record, { exitCode: 3, isOom: false, mayRestart: true });
    expect(record.State).toMatchObject({ Status: 'restarting', Running: false, Restarting: true, Pid: 0 });
    expect(record).toMatchObject({ RestartCount: 1, Restart: { delayMs: 100 } });
    containerDocuments(ctx).put(record.Id, record);
    superviseContainer(ctx, record.Id);
    const { State, StoppedByUser, Restart } = cancelRestart(ctx, record.Id, { byUser: true });
    expect(State).toMatchObject({ Status: 'exited', Restarting: false, ExitCode: 3 });
    expect([StoppedByUser, Restart]).toEqual([true, { delayMs: 100 }]);
    expect(supervisedIds(ctx)).toEqual([]);
  });
});

describe('an alarm', () => {
  it('rung before the wait ends it at once, one wait only', async () => {
    const alarm = new Alarm();
    alarm.ring();
    expect(await alarm.wait(3_600_000)).toBe(true);
    expect(await alarm.wait(1)).toBe(false);
  });

  it('wakes who waits', async () => {
    const alarm = new Alarm();
    const waiting = alarm.wait(2 ** 40);
    alarm.ring();
    expect(await waiting).toBe(true);
  });
});
