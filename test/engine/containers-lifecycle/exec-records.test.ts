import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type ExecRecord,
  execDocuments,
  forgetExecs,
  forgetOldExecs,
} from '../../../src/engine/containers/exec/exec-records.ts';
import type { Context } from '../../../src/engine/context.ts';
import { makeStore } from '../../support/engine-store.ts';

describe('records of execs', () => {
  let ctx: Context;
  let close: () => void;
  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  const put = (ID: string, ContainerID: string, createdMs: number, Status: ExecRecord['Status']) =>
    execDocuments(ctx).put(ID, {
      ID,
      ContainerID,
      createdMs,
      config: { Cmd: [] },
      Status,
      ExitCode: 0,
      Pid: 0,
    });
  const ids = () =>
    execDocuments(ctx)
      .all()
      .map(({ ID }) => ID);

  it('are kept of the fifty that ended last, of those that run, and of other containers', () => {
    for (let i = 100; i < 152; i += 1) put(`e${i}`, 'a', i, 'exited');
    put('other', 'b', 0, 'exited');
    put('running', 'a', 0, 'running');
    forgetOldExecs(ctx, 'a');
    expect(ids()).toHaveLength(52);
    expect(ids()).toEqual(expect.arrayContaining(['e102', 'e151', 'other', 'running']));
    expect(ids()).not.toContain('e101');
  });

  it('go with their container', () => {
    put('one', 'a', 0, 'exited');
    put('two', 'a', 0, 'running');
    put('other', 'b', 0, 'created');
    forgetExecs(ctx, 'a');
    expect(ids()).toEqual(['other']);
  });
});
