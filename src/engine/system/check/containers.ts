/** Checks that containers have their layers, files and volumes, and that those which don't run hold nothing. */
import { existsSync } from 'node:fs';
import type { StoreAudit } from '../../../layerfs/index.ts';
import { refresh } from '../../containers/exited.ts';
import { areaKey, containerDir } from '../../containers/paths.ts';
import { containerDocuments, containerLock } from '../../containers/records.ts';
import type { Context } from '../../context.ts';
import { isLocked, withLock } from '../../state/locks.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import { volumeDocuments } from '../../volumes/records.ts';
import type { Finding } from './finding.ts';

/** Containers that somebody works on at this moment are left out. */
export async function checkContainers(ctx: Context, audit: StoreAudit): Promise<Finding[]> {
  const layers = new Set((await (await ctx.layers()).listLayers()).map(({ diffId }) => diffId));
  const areas = new Map(audit.areas.map((area) => [area.key, area]));
  const findings: Finding[] = [];
  for (const found of containerDocuments(ctx).all()) {
    if (isLocked(ctx.state, containerLock(found.Id))) continue;
    const record = await refresh(ctx, found);
    const area = areas.get(areaKey(record.Id));
    findings.push(...lost(ctx, record, { layers, hasArea: area !== undefined }));
    const isUp = record.State.Running || record.State.Restarting;
    // others may look into it
    const isForgotten = area?.isMounted === true && area.holders.every((holder) => holder === record.Id);
    if (isForgotten && !isUp) findings.push(stillMounted(ctx, record));
  }
  return findings;
}

function lost(
  ctx: Context,
  record: ContainerRecord,
  { layers, hasArea }: { layers: ReadonlySet<string>; hasArea: boolean },
): Finding[] {
  const object = `container ${record.Name}`;
  const removeIt = `it can't be started: boxtop rm -f ${record.Name}`;
  const volumes = record.Mounts.flatMap(({ Name }) => (Name === undefined ? [] : [Name]));
  return [
    ...record.Layers.filter((diffId) => !layers.has(diffId)).map((diffId) => ({
      object,
      message: `layer ${diffId} of its image is missing`,
      hint: `get its image ${record.Config.Image} again, or ${removeIt}`,
    })),
    ...(hasArea ? [] : [{ object, message: 'what it wrote is missing', hint: removeIt }]),
    ...(existsSync(containerDir(ctx, record.Id))
      ? []
      : [{ object, message: `its folder ${containerDir(ctx, record.Id)} is missing`, hint: removeIt }]),
    ...volumes
      .filter((name) => volumeDocuments(ctx).get(name) === undefined)
      .map((name) => ({
        object,
        message: `its volume ${name} is not there`,
        hint: `make it anew: boxtop volume create ${name}`,
      })),
  ];
}

function stillMounted(ctx: Context, { Id, Name }: ContainerRecord): Finding {
  return {
    object: `container ${Name}`,
    message: 'it does not run, but its root is mounted',
    hint: 'nothing is lost by unmounting it',
    repair: () =>
      withLock(ctx.state, containerLock(Id), async () => {
        const state = containerDocuments(ctx).get(Id)?.State;
        if (state?.Running || state?.Restarting) return;
        await (await ctx.layers()).unmount(areaKey(Id), { holder: Id });
      }),
  };
}
