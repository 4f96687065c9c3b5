/** Verb diff: what a container changed in its root. */
import type { Context } from '../context.ts';
import type { Change } from '../types/container-files.ts';
import { withoutMountPoints } from './mount-points.ts';
import { areaKey } from './paths.ts';
import { findContainer } from './records.ts';

const KINDS = { modified: 0, added: 1, deleted: 2 } as const;

/** Changes against the image, in path order. Throws NOT_FOUND. */
export async function diff(ctx: Context, nameOrId: string): Promise<Change[]> {
  const { Id } = findContainer(ctx, nameOrId);
  const store = await ctx.layers();
  const changes = await store.diff(areaKey(Id));
  return withoutMountPoints(changes.map(({ path, kind }) => ({ Path: path, Kind: KINDS[kind] })));
}
