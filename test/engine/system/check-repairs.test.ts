import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerDocuments, containerNames } from '../../../src/engine/containers/records.ts';
import type { Context } from '../../../src/engine/context.ts';
import { openDocuments } from '../../../src/engine/state/documents.ts';
import { processStart } from '../../../src/engine/state/locks.ts';
import { check } from '../../../src/engine/system/check/check.ts';
import { checkReferences } from '../../../src/engine/system/check/database.ts';
import { addContainer, makeStore } from '../../support/engine-store.ts';

async function checked(ctx: Context, repair: boolean): Promise<string[]> {
  const job = check(ctx, { repair, quick: true });
  for (;;) {
    const { done, value } = await job.next();
    if (done) return value.Problems.map(({ Object, Repair }) => `${Object}: ${Repair}`);
  }
}

describe('a check of the system', () => {
  let ctx: Context;
  let close: () => void;

  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  it('removes damaged records that may be missing, and looks at all else', async () => {
    const write = (kind: string) => openDocuments(ctx.state, kind).put('one', {});
    write('lease');
    containerNames(ctx).claim('lost', 'gone');
    const found = ['record lease one', 'container name lost'];
    expect(await checked(ctx, false)).toEqual(found.map((object) => `${object}: possible`));
    expect(await checked(ctx, true)).toEqual(found.map((object) => `${object}: done`));
    expect(await checked(ctx, false)).toEqual([]);
    write('lease');
    write('image');
    expect((await checked(ctx, true)).sort()).toEqual(['record image one: none', 'record lease one: done']);
  });

  it('finds the container of a step whose build was killed, though no note names it', async () => {
    const alive = { pid: process.pid, started: processStart(process.pid)! };
    addContainer(ctx, 'a', { Build: alive });
    addContainer(ctx, 'b', { Build: { ...alive, started: 'another' } });
    const found = (await checked(ctx, true)).filter((text) => !text.includes('name-')); // they lack their areas
    expect(found).toEqual([`container ${'b'.repeat(12)}: done`]);
    const left = containerDocuments(ctx).all();
    expect(left.map(({ Id }) => Id)).toEqual(['a'.repeat(64)]);
  });
});

describe('the repair of a container that lost its name', () => {
  let ctx: Context;
  let close: () => void;

  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  function found() {
    const { Id, Name } = addContainer(ctx, 'a');
    containerNames(ctx).release(Name);
    const [finding] = checkReferences(ctx);
    expect(finding?.message).toBe(`its name ${Name} is not its own`);
    return { Id, Name, repair: finding!.repair! };
  }

  it('gives it its name back', async () => {
    const { Id, Name, repair } = found();
    await repair();
    expect(containerNames(ctx).get(Name)).toBe(Id);
  });

  it('leaves no name behind when it was removed meanwhile', async () => {
    const { Id, Name, repair } = found();
    containerDocuments(ctx).remove(Id);
    await repair();
    expect(containerNames(ctx).get(Name)).toBeUndefined();
  });
});
