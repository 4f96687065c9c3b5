import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Context } from '../../../src/engine/context.ts';
import { create, remove } from '../../../src/engine/networks/create.ts';
import { prepareBridge } from '../../../src/engine/networks/endpoints.ts';
import { prunableNetworks, prune } from '../../../src/engine/networks/prune.ts';
import { findNetwork, networkDocuments } from '../../../src/engine/networks/records.ts';
import { makeContainer, makeStore } from '../../support/engine-store.ts';

const NAME = 'com.docker.network.bridge.name';

describe('the bridge of a network', () => {
  let ctx: Context;
  let close: () => void;

  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  /** Another program made an interface with its name after the network was. */
  async function meanwhileTaken(): Promise<void> {
    const { Id } = await create(ctx, { Name: 'own', Options: { [NAME]: 'bxt-not-there' } });
    networkDocuments(ctx).put(Id, { ...networkDocuments(ctx).get(Id)!, interfaceName: 'lo' });
  }

  it('is never an interface that is there already', async () => {
    const asked = create(ctx, { Name: 'own', Options: { [NAME]: 'lo' } });
    await expect(asked).rejects.toThrow('the interface lo is there already');
  });

  it('is not taken, and not removed, when another program made it meanwhile', async () => {
    await meanwhileTaken();
    expect(() => prepareBridge(ctx, findNetwork(ctx, 'own'))).toThrow(
      'network own: the interface lo is there already',
    );
    await remove(ctx, 'own'); // ip link delete lo fails
    await meanwhileTaken();
    expect((await prune(ctx)).NetworksDeleted).toEqual(['own']);
  });

  it('stays for a container that was given the beginning of the network’s id', async () => {
    const { Id } = await create(ctx, { Name: 'own' });
    expect(prunableNetworks(ctx, {}).map(({ Name }) => Name)).toEqual(['own']);
    makeContainer(ctx, 'a', { hostConfig: { NetworkMode: Id.slice(0, 12) } });
    expect(prunableNetworks(ctx, {})).toEqual([]);
  });
});
