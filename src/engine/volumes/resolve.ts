/** From what a container asks for to its list of mounts; made once, when it is created. */
import { statSync } from 'node:fs';
import { findContainer } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { imageDocuments } from '../images/records.ts';
import type { ContainerConfig, HostConfig, Mount } from '../types/config.ts';
import type { ContainerRecord, MountPoint } from '../types/containers.ts';
import { parseBind, parseVolumesFrom } from './bind-spec.ts';
import { checkMount, cleanTarget, mountError } from './mount-spec.ts';
import { dataDir, volumeDocuments } from './records.ts';
import { removeIfUnused } from './remove.ts';
import { createVolume } from './volumes.ts';

export { prepareMounts, releaseMounts } from './prepare.ts';

interface MountRequest {
  /** container id */
  id: string;
  config: ContainerConfig;
  hostConfig: HostConfig;
  imageId: string;
}

interface ResolvedMounts {
  /** in the order of destinations */
  mounts: MountPoint[];
  anonymousVolumes: string[];
}

/**
 * Docker's order: --volumes-from, -v, --mount, then the image's VOLUMEs where nothing else is. Makes the volumes that are missing.
 * Throws INVALID_ARGUMENT (Docker's words), NOT_FOUND (container, missing --mount source). When it throws, anonymous volumes made so far are gone again.
 */
export async function resolveMounts(ctx: Context, request: MountRequest): Promise<ResolvedMounts> {
  const points = new Map<string, MountPoint>();
  const anonymousVolumes: string[] = [];
  const inherited: string[] = [];
  try {
    for (const spec of request.hostConfig.VolumesFrom ?? []) {
      for (const point of volumesFrom(ctx, spec, inherited)) points.set(point.Destination, point);
    }
    const asked = askedMounts(request.hostConfig);
    refuseDuplicates(asked, request.hostConfig);
    for (const each of asked)
      points.set(cleanTarget(each.mount.Target), toPoint(ctx, each, anonymousVolumes));
    for (const target of imageVolumes(ctx, request)) {
      const isCovered =
        points.has(target) ||
        Object.keys(request.hostConfig.Tmpfs ?? {}).some((path) => cleanTarget(path) === target);
      if (!isCovered)
        points.set(
          target,
          toPoint(
            ctx,
            {
              ...withDriver({ mount: { Type: 'volume', Target: target } }, request.hostConfig.VolumeDriver),
              mode: '',
              isBind: false,
            },
            anonymousVolumes,
          ),
        );
    }
  } catch (error) {
    for (const name of anonymousVolumes) await removeIfUnused(ctx, name);
    throw error;
  }
  const mounts = [...points.values()].sort((a, b) => (a.Destination < b.Destination ? -1 : 1));
  const names = new Set(mounts.map(({ Name }) => Name));
  return { mounts, anonymousVolumes: [...anonymousVolumes, ...inherited.filter((name) => names.has(name))] };
}

interface Asked {
  mount: Mount;
  mode: string;
  /** came by -v: a missing host folder is made at the start */
  isBind: boolean;
}

function askedMounts(hostConfig: HostConfig): Asked[] {
  // the same said twice is said once
  const binds = [...new Set(hostConfig.Binds)].map((raw) => ({
    ...withDriver(parseBind(raw), hostConfig.VolumeDriver),
    isBind: true,
  }));
  const mounts = (hostConfig.Mounts ?? []).map((mount) => {
    checkMount(mount);
    // Docker's sign of a volume that several containers may share
    return { mount, mode: mount.Type === 'volume' ? 'z' : '', isBind: false };
  });
  for (const target of Object.keys(hostConfig.Tmpfs ?? {})) checkTmpfsTarget(target);
  return [...binds, ...mounts];
}

/** --volume-driver speaks of the volumes that -v makes, not of folders. */
function withDriver<T extends { mount: Mount }>(asked: T, driver: string | undefined): T {
  if (!driver || asked.mount.Type !== 'volume') return asked;
  const VolumeOptions = { ...asked.mount.VolumeOptions, DriverConfig: { Name: driver, Options: {} } };
  return { ...asked, mount: { ...asked.mount, VolumeOptions } };
}

/** Docker words what is wrong with --tmpfs without the kind of mount. */
function checkTmpfsTarget(target: string): void {
  const why = !target.startsWith('/')
    ? `invalid mount path: '${target}' mount path must be absolute`
    : cleanTarget(target) === '/'
      ? "invalid specification: destination can't be '/'"
      : undefined;
  if (why !== undefined) throw new EngineError('INVALID_ARGUMENT', why);
  checkMount({ Type: 'tmpfs', Target: target });
}

function refuseDuplicates(asked: readonly Asked[], { Tmpfs }: HostConfig): void {
  const seen = new Set<string>();
  for (const target of [...asked.map(({ mount }) => mount.Target), ...Object.keys(Tmpfs ?? {})].map(
    cleanTarget,
  )) {
    if (seen.has(target))
      throw new EngineError('INVALID_ARGUMENT', `Duplicate mount point: ${target}`, {
        hint: 'mount one thing there',
      });
    seen.add(target);
  }
}

function toPoint(ctx: Context, { mount, mode, isBind }: Asked, anonymousVolumes: string[]): MountPoint {
  const base = { Destination: cleanTarget(mount.Target), Mode: mode, RW: !mount.ReadOnly };
  if (mount.Type === 'tmpfs') return { Type: 'tmpfs', Source: '', ...base, Propagation: '' };
  if (mount.Type === 'bind') {
    const source = cleanTarget(mount.Source!);
    if (
      !isBind &&
      !mount.BindOptions?.CreateMountpoint &&
      statSync(source, { throwIfNoEntry: false }) === undefined
    ) {
      throw mountError('bind', `bind source path does not exist: ${source}`);
    }
    return {
      Type: 'bind',
      Source: source,
      ...base,
      Propagation: mount.BindOptions?.Propagation || 'rprivate',
    };
  }
  const { Labels, DriverConfig } = mount.VolumeOptions ?? {};
  const volume = createVolume(ctx, {
    ...(mount.Source && { Name: mount.Source }),
    ...(Labels && { Labels }),
    ...(DriverConfig && { Driver: DriverConfig.Name, DriverOpts: DriverConfig.Options }),
  });
  if (!mount.Source) anonymousVolumes.push(volume.Name);
  // Docker shows 'z' for volumes given by -v without a mode
  const shown = isBind && mode === '' && mount.Source ? 'z' : mode;
  return {
    Type: 'volume',
    Name: volume.Name,
    Source: dataDir(ctx, volume.Name),
    ...base,
    Driver: 'local',
    Mode: shown,
    Propagation: '',
  };
}

/** `inherited` gets the anonymous ones: the last container that has such a volume removes it. */
function volumesFrom(ctx: Context, spec: string, inherited: string[]): MountPoint[] {
  const { container, isReadOnly } = parseVolumesFrom(spec);
  const { Mounts, AnonymousVolumes } = findContainer(ctx, container);
  inherited.push(...AnonymousVolumes);
  return Mounts.filter(({ Type }) => Type !== 'tmpfs').map((point) => ({
    ...point,
    RW: point.RW && !isReadOnly,
  }));
}

/** VOLUMEs of the image and of the container's own config (`-v /path` and commit make both). Throws INVALID_ARGUMENT for a bad path. */
function imageVolumes(ctx: Context, { config, imageId }: MountRequest): string[] {
  const image = imageDocuments(ctx).get(imageId)?.config.config?.Volumes ?? {};
  const targets = [...new Set([...Object.keys(image), ...Object.keys(config.Volumes ?? {})])];
  for (const target of targets) checkMount({ Type: 'volume', Target: target });
  return [...new Set(targets.map(cleanTarget))];
}

/** `rm -v` and `--rm`: the anonymous volumes made for the container, unless another container shares them (--volumes-from). */
export async function removeAnonymousVolumes(
  ctx: Context,
  record: Pick<ContainerRecord, 'Id' | 'AnonymousVolumes'>,
): Promise<void> {
  for (const name of record.AnonymousVolumes) {
    if (volumeDocuments(ctx).get(name) !== undefined) await removeIfUnused(ctx, name, record.Id);
  }
}
