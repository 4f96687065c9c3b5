/** Finds what no record names: folders, areas, layers, mounts, namespaces. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreAudit } from '../../../layerfs/index.ts';
import {
  leftoverContainers,
  leftoverNames,
  removeLeftovers,
  removeStepContainer,
} from '../../build/scratch.ts';
import { areaKey, containerFolders } from '../../containers/paths.ts';
import { containerDocuments, containerLock } from '../../containers/records.ts';
import { openContent } from '../../content/content.ts';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { collect, usedDigests } from '../../images/collect.ts';
import { removeNamespace } from '../../networks/namespace.ts';
import { sandboxDocuments } from '../../networks/records.ts';
import { teardownNetwork } from '../../networks/setup.ts';
import { removeFolder } from '../../remove-folder.ts';
import { isLocked, withLock } from '../../state/locks.ts';
import { dataDir, volumeDocuments } from '../../volumes/records.ts';
import { abandonedRemovals } from '../../volumes/remove.ts';
import type { Finding } from './finding.ts';

const CONTAINER_ID = /^[0-9a-f]{64}$/;
const SAFE = 'nothing is lost by removing it';

/** What others are just making has a lock, a living creator or a lease, and is left out. */
export async function checkLeftovers(ctx: Context, audit: StoreAudit): Promise<Finding[]> {
  return [
    ...containerLeftovers(ctx, audit),
    ...buildLeftovers(ctx, audit),
    ...volumeLeftovers(ctx),
    ...networkLeftovers(ctx),
    ...(await unusedContent(ctx)),
  ];
}

const namesIn = (folder: string): string[] => (existsSync(folder) ? readdirSync(folder) : []);
const isKnown = (ctx: Context, id: string): boolean =>
  containerDocuments(ctx).get(id) !== undefined || isLocked(ctx.state, containerLock(id));

/** Folders and areas that are named after a container which is not there. */
function containerLeftovers(ctx: Context, audit: StoreAudit): Finding[] {
  const folders = [ctx.paths.containers, ctx.paths.runContainers, join(ctx.paths.runRoot, 'exits')];
  const areas = audit.areas.filter(({ isCreatorAlive }) => !isCreatorAlive).map(({ key }) => key);
  const ids = new Set([...folders.flatMap(namesIn), ...areas].filter((name) => CONTAINER_ID.test(name)));
  return [...ids]
    .filter((id) => !isKnown(ctx, id))
    .map((id) => ({
      object: `files of container ${id.slice(0, 12)}`,
      message: `there is no such container (${placesOf(ctx, id, areas).join(', ')})`,
      hint: SAFE,
      repair: () =>
        withLock(ctx.state, containerLock(id), async () => {
          if (containerDocuments(ctx).get(id) !== undefined) return;
          await (await ctx.layers()).removeArea(areaKey(id));
          for (const folder of containerFolders(ctx, id)) removeFolder(folder);
        }),
    }));
}

const placesOf = (ctx: Context, id: string, areas: readonly string[]): string[] => [
  ...containerFolders(ctx, id).filter((folder) => existsSync(folder)),
  ...(areas.includes(areaKey(id)) ? [join(ctx.paths.layers, 'areas', areaKey(id))] : []),
];

/** Of builds that were killed: what they noted, and areas that nobody noted. */
function buildLeftovers(ctx: Context, audit: StoreAudit): Finding[] {
  const noted = leftoverNames(ctx);
  const strays = audit.areas.filter(
    ({ key, isCreatorAlive }) => !CONTAINER_ID.test(key) && !isCreatorAlive && !noted.includes(key),
  );
  return [
    ...leftoverContainers(ctx).map((id) => ({
      object: `container ${id.slice(0, 12)}`,
      message: 'the build whose step it runs was killed',
      hint: SAFE,
      repair: () => removeStepContainer(ctx, id),
    })),
    ...noted.map((name) => ({
      object: `leftover of a build ${name}`,
      message: 'its build was killed',
      hint: SAFE,
      repair: async () => {
        const [failure] = await removeLeftovers(ctx);
        if (failure !== undefined) throw new EngineError('INTERNAL', failure);
      },
    })),
    ...strays.map(({ key }) => ({
      object: `area ${key}`,
      message: `no container and no build has it (${join(ctx.paths.layers, 'areas', key)})`,
      hint: SAFE,
      repair: async () => (await ctx.layers()).removeArea(key),
    })),
  ];
}

/** A folder without a record may hold what somebody wants: only a person removes it. */
function volumeLeftovers(ctx: Context): Finding[] {
  const volumes = volumeDocuments(ctx);
  const strays = namesIn(ctx.paths.volumes).filter(
    (name) => !name.startsWith('.') && volumes.get(name) === undefined,
  );
  return [
    ...abandonedRemovals(ctx).map((path) => ({
      object: `files ${path}`,
      message: 'the removal of their volume was cut short',
      hint: SAFE,
      repair: async () => removeFolder(path),
    })),
    ...strays.map((name) => ({
      object: `folder ${join(ctx.paths.volumes, name)}`,
      message: 'no volume has it',
      hint: `make it a volume: boxtop volume create ${name}; or remove the folder`,
    })),
    ...volumes
      .all()
      .filter(({ Name }) => !existsSync(dataDir(ctx, Name)))
      .map(({ Name }) => ({
        object: `volume ${Name}`,
        message: `its folder ${dataDir(ctx, Name)} is missing`,
        hint: `its files are lost: boxtop volume rm ${Name}, or restore the folder`,
      })),
  ];
}

/** What containers that are not there hold of the network. */
function networkLeftovers(ctx: Context): Finding[] {
  const sandboxes = sandboxDocuments(ctx);
  const ids = sandboxes.all().map(({ containerId }) => containerId);
  return [
    ...ids
      .filter((id) => !isKnown(ctx, id))
      .map((Id) => ({
        object: `network of container ${Id.slice(0, 12)}`,
        message: 'there is no such container',
        hint: SAFE,
        repair: () => teardownNetwork(ctx, { Id }),
      })),
    ...namesIn(ctx.paths.netns)
      .filter((name) => CONTAINER_ID.test(name) && !ids.includes(name) && !isKnown(ctx, name))
      .map((name) => ({
        object: `network namespace ${join(ctx.paths.netns, name)}`,
        message: 'no container has it',
        hint: SAFE,
        repair: () => removeNamespace(join(ctx.paths.netns, name)),
      })),
  ];
}

/** Layers and archives that nothing uses: what a killed pull or build leaves. */
async function unusedContent(ctx: Context): Promise<Finding[]> {
  const used = usedDigests(ctx);
  const layers = (await (await ctx.layers()).listLayers()).map(({ diffId }) => diffId);
  const { blobs } = openContent(ctx.paths.content).usage();
  const unused = [...new Set([...layers, ...blobs.keys()])].filter((digest) => !used.has(digest));
  return unused.map((digest) => ({
    object: `${blobs.has(digest) ? 'blob' : 'layer'} ${digest}`,
    message: 'no image, container or build has it',
    hint: SAFE,
    repair: async () => void (await collect(ctx, new Set([digest]))),
  }));
}
