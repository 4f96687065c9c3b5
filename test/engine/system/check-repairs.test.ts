import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerDocuments, containerNames } from '../../../src/engine/containers/records.ts';
import type { Context } from '../../../src/engine/context.ts';
import { checkReferences } from '../../../src/engine/system/check/database.ts';
import { addContainer, makeStore } from '../../support/engine-store.ts';

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
