/** What speaks against removing an image, in Docker's words (daemon/images/image_delete.go, checkImageDeleteConflict). */
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { shortDigest } from '../oci/digest.ts';
import { imageDigests, imageDocuments, imageTags } from './records.ts';

const shortId = (containerId: string) => containerId.slice(0, 12);
const containersOf = (ctx: Context, id: string) =>
  containerDocuments(ctx)
    .all()
    .filter(({ Image }) => Image === id);

export const isUsed = (ctx: Context, id: string): boolean => containersOf(ctx, id).length > 0;

/** Throws CONFLICT when the only name of an image is to go while a container uses it. */
export function checkReferenceUnused(ctx: Context, id: string, name: string): void {
  const [container] = containersOf(ctx, id);
  if (container === undefined) return;
  const why = `container ${shortId(container.Id)} is using its referenced image ${shortDigest(id)}`;
  throw new EngineError(
    'CONFLICT',
    `conflict: unable to remove repository reference "${name}" (must force) - ${why}`,
    {
      hint: `remove the container first: boxtop rm ${shortId(container.Id)}`,
    },
  );
}

export interface Conflict {
  error: EngineError;
  /** a container is the reason */
  isUsed: boolean;
}

/** `force` passes by names and stopped containers, never by children and running ones. */
export function deleteConflict(
  ctx: Context,
  id: string,
  { force, mayBeNamed }: { force: boolean; mayBeNamed: boolean },
): Conflict | undefined {
  const using = containersOf(ctx, id);
  const running = using.find(({ State }) => State.Running || State.Restarting);
  const hasChildren = imageDocuments(ctx)
    .all()
    .some(({ parent }) => parent === id);
  if (hasChildren) return conflict(id, 'cannot be forced', 'image has dependent child images');
  if (running !== undefined) {
    return conflict(
      id,
      'cannot be forced',
      `image is being used by running container ${shortId(running.Id)}`,
      true,
    );
  }
  if (force) return undefined;
  if (!mayBeNamed && imageTags(ctx).namesOf(id).length + imageDigests(ctx).namesOf(id).length > 0) {
    return conflict(id, 'must be forced', 'image is referenced in multiple repositories');
  }
  const [stopped] = using;
  if (stopped === undefined) return undefined;
  return conflict(
    id,
    'must be forced',
    `image is being used by stopped container ${shortId(stopped.Id)}`,
    true,
  );
}

function conflict(id: string, forced: string, why: string, isContainer = false): Conflict {
  const error = new EngineError(
    'CONFLICT',
    `conflict: unable to delete ${shortDigest(id)} (${forced}) - ${why}`,
  );
  return { error, isUsed: isContainer };
}
