/** Makes a container: everything but running it. */
import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { type ImageRecord, imageDocuments } from '../images/records.ts';
import { randomHex } from '../random.ts';
import { removeFolder } from '../remove-folder.ts';
import { chooseRuntime } from '../runtime/runtime.ts';
import { processStart, withLock } from '../state/locks.ts';
import type { ContainerConfig, ContainerCreate, HostConfig } from '../types/config.ts';
import type { ContainerRecord, MountPoint } from '../types/containers.ts';
import { NEVER, timestamp } from './clock.ts';
import { containerEvent } from './container-events.ts';
import { imageOf, platformWarnings } from './image-of.ts';
import { clearInterrupted } from './interrupted.ts';
import { claimLinks, resolveLinks } from './links.ts';
import { commandOf, mergeConfig } from './merge-config.ts';
import { FIXTURES } from './mount-points.ts';
import { checkFree, checkName, claimName, claimRandomName } from './names.ts';
import { joinedModes } from './namespaces.ts';
import { areaKey, containerDir, containerFolders, exitDir } from './paths.ts';
import { containerDocuments, containerLock, findContainer, stepContainers } from './records.ts';
import { dropLayers } from './removal.ts';
import { normalizeHostConfig, validate } from './validate.ts';
import { validateModes } from './validate-modes.ts';

const SHORT_ID = 12;

/** Docker API 1.41 POST /containers/create. A failure leaves nothing: no name, folder, volume or area. */
export async function create(
  ctx: Context,
  body: ContainerCreate,
  options: { name?: string; platform?: string } = {},
): Promise<{ Id: string; Warnings: string[] }> {
  const image = imageOf(ctx, body.Image, options.platform);
  const { Id, Warnings } = await createFromImage(ctx, image, body, options);
  return { Id, Warnings: [...platformWarnings(image, options.platform), ...Warnings] };
}

/** The same from an image that need not be recorded, as a build's steps have them; `isBuild` keeps it out of `ps`. */
export async function createFromImage(
  ctx: Context,
  image: ImageRecord,
  body: ContainerCreate,
  options: { name?: string; isBuild?: boolean } = {},
): Promise<{ Id: string; Warnings: string[] }> {
  const { HostConfig: givenHost = {}, NetworkingConfig, ...given } = body;
  const config = mergeConfig(given, image.config.config ?? {});
  const hostConfig = normalizeHostConfig(givenHost);
  const networks = NetworkingConfig?.EndpointsConfig ?? {};
  const warnings = [...validateModes(given, hostConfig, networks), ...validate(config, hostConfig)];
  const [mac] = Object.values(networks).flatMap(({ MacAddress }) => MacAddress || []);
  // an endpoint's own field tells what it has now, which changes from start to start
  if (mac !== undefined) config.MacAddress = mac;
  if (hostConfig.Runtime) chooseRuntime(ctx, hostConfig.Runtime);
  Object.assign(hostConfig, joinedModes(ctx, hostConfig));
  const links = resolveLinks(ctx, hostConfig.Links ?? []);
  delete hostConfig.Links;
  const command = commandOf(config);
  const id = randomHex(32);
  if (!config.Hostname && hostConfig.UTSMode !== 'host')
    config.Hostname = defaultHostname(ctx, id, hostConfig.NetworkMode ?? '');
  if (options.name) checkFree(ctx, checkName(options.name));
  const record = newRecord({ id, image, config, hostConfig, command, networks });
  if (links.length > 0) record.Links = links;
  await clearInterrupted(ctx);
  // nobody else knows the id: the lock tells those who come after a crash that it was left half-way
  await withLock(ctx.state, containerLock(id), () => make(ctx, record, image, options));
  return { Id: id, Warnings: warnings };
}

/** Volumes, folders, area, then the record, which carries the layers from here on. */
async function make(
  ctx: Context,
  record: ContainerRecord,
  image: ImageRecord,
  options: { name?: string; isBuild?: boolean },
): Promise<void> {
  const id = record.Id;
  const imageName = record.Config.Image;
  try {
    if (options.isBuild) record.Build = { pid: process.pid, started: processStart(process.pid) ?? '' };
    const mounts = await resolveVolumes(ctx, record);
    record.Mounts = mounts.mounts;
    record.AnonymousVolumes = mounts.anonymousVolumes;
    for (const folder of [containerDir(ctx, id), exitDir(ctx, id)])
      mkdirSync(folder, { recursive: true, mode: 0o700 });
    await (await ctx.layers()).createArea(areaKey(id), record.Layers, FIXTURES);
    ctx.state.write(() => {
      // from here on the record keeps the layers; until now only the image's did
      if (!options.isBuild) checkImage(ctx, image, imageName);
      // with the record, so that a crash before leaves no name without a container
      record.Name = claim(ctx, id, options.name);
      claimLinks(ctx, record);
      containerDocuments(ctx).put(id, record);
      if (record.Build !== undefined) stepContainers(ctx).put(id, { Id: id, ...record.Build });
      containerEvent(ctx, record, 'create');
    });
  } catch (error) {
    await undo(ctx, record);
    if (options.isBuild) throw error;
    const layers = image.layers.map(({ diffId }) => diffId);
    await dropLayers(ctx, image.Id, layers);
    checkImage(ctx, image, imageName); // the reason, when a layer was missing
    throw error;
  }
}

/** Throws NOT_FOUND when another process has removed the image since it was looked up. */
function checkImage(ctx: Context, image: ImageRecord, name: string): void {
  if (imageDocuments(ctx).get(image.Id) !== undefined) return;
  throw new EngineError('NOT_FOUND', `No such image: ${name}`, {
    hint: 'another process removed it meanwhile',
    exitCode: 125,
  });
}

/** Who shares a network is called like its owner. */
function defaultHostname(ctx: Context, id: string, networkMode: string): string {
  if (networkMode === 'host') return hostname();
  const target = /^container:(.+)$/.exec(networkMode)?.[1];
  const shared = target === undefined ? undefined : findContainer(ctx, target).Config.Hostname;
  return shared || id.slice(0, SHORT_ID);
}

function claim(ctx: Context, id: string, given: string | undefined): string {
  if (!given) return claimRandomName(ctx, id);
  const name = checkName(given);
  claimName(ctx, name, id);
  return name;
}

interface NewContainer {
  id: string;
  image: ImageRecord;
  config: ContainerConfig;
  hostConfig: HostConfig;
  command: { path: string; args: string[] };
  networks: ContainerRecord['NetworkSettings']['Networks'];
}

function newRecord({ id, image, config, hostConfig, command, networks }: NewContainer): ContainerRecord {
  return {
    Id: id,
    Created: timestamp(),
    Name: '', // comes last
    Path: command.path,
    Args: command.args,
    State: {
      Status: 'created',
      Running: false,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: 0,
      ExitCode: 0,
      Error: '',
      StartedAt: NEVER,
      FinishedAt: NEVER,
    },
    Image: image.Id,
    Layers: image.layers.map(({ diffId }) => diffId),
    Platform: image.config.os,
    Driver: 'overlay2',
    MountLabel: '',
    RestartCount: 0,
    Config: config,
    HostConfig: hostConfig,
    Mounts: [],
    AnonymousVolumes: [],
    NetworkSettings: { Ports: {}, Networks: networks, SandboxKey: '' },
    StoppedByUser: false,
    ExecIDs: [],
  };
}

/** Containers without volumes don't load the volume code. */
async function resolveVolumes(
  ctx: Context,
  { Id, Config, HostConfig, Image }: ContainerRecord,
): Promise<{ mounts: MountPoint[]; anonymousVolumes: string[] }> {
  const { Binds = [], Mounts = [], VolumesFrom = [], Tmpfs = {} } = HostConfig;
  const asked = [Binds, Mounts, VolumesFrom, Object.keys(Tmpfs), Object.keys(Config.Volumes ?? {})];
  if (asked.every(({ length }) => length === 0)) return { mounts: [], anonymousVolumes: [] };
  const { resolveMounts } = await import('../volumes/resolve.ts');
  return resolveMounts(ctx, { id: Id, config: Config, hostConfig: HostConfig, imageId: Image });
}

async function undo(ctx: Context, record: ContainerRecord): Promise<void> {
  const id = record.Id;
  if (record.AnonymousVolumes.length > 0) {
    const { removeAnonymousVolumes } = await import('../volumes/resolve.ts');
    await removeAnonymousVolumes(ctx, record);
  }
  for (const folder of containerFolders(ctx, id)) removeFolder(folder);
  await (await ctx.layers()).removeArea(areaKey(id));
}
