/** Verb inspect: everything known of one container, in Docker's fields and order. */
import type { Context } from '../../context.ts';
import { findProgram } from '../../runtime/runtime.ts';
import type { ContainerInspect, ContainerState, MountPoint } from '../../types/containers.ts';
import { runningExecs } from '../exec/exec-exit.ts';
import { fateOf, refresh } from '../exited.ts';
import { linkTexts } from '../links.ts';
import { lostText, watchLost } from '../lost.ts';
import { areaKey, hostnameFile, hostsFile, logFile, resolvConfFile } from '../paths.ts';
import { findContainer } from '../records.ts';
import { containerSizes } from '../sizes.ts';
import { inspectConfig, inspectHostConfig } from './inspect-config.ts';
import { inspectNetworks } from './inspect-networks.ts';

const SHORT_ID = 12;

/**
 * The fields of API 1.41 ContainerInspectResponse in the order a Docker engine prints them.
 * Files that the life cycle has not made yet (before the first start) have empty paths. Throws NOT_FOUND.
 */
export async function inspect(
  ctx: Context,
  nameOrId: string,
  options: { size?: boolean } = {},
): Promise<ContainerInspect> {
  const record = await refresh(ctx, findContainer(ctx, nameOrId));
  const isLost = fateOf(ctx, record) === 'lost';
  if (isLost) watchLost(ctx, record);
  const execs = runningExecs(ctx, record);
  const sizes = options.size ? await containerSizes(ctx, record) : {};
  const { StartedAt, Error: startError } = record.State;
  const wasStarted = !StartedAt.startsWith('0001-') || startError !== '';
  const file = (of: typeof logFile) => (wasStarted ? of(ctx, record.Id) : '');
  // with the host's UTS namespace Docker still tells the name it made up
  const Hostname = record.Config.Hostname || record.Id.slice(0, SHORT_ID);
  return {
    Id: record.Id,
    Created: record.Created,
    Path: record.Path,
    Args: record.Args,
    State: inspectState(isLost ? { ...record.State, Error: lostText(record) } : record.State),
    Image: record.Image,
    ResolvConfPath: file(resolvConfFile),
    HostnamePath: file(hostnameFile),
    HostsPath: file(hostsFile),
    // Docker tells it of json-file alone
    LogPath: record.HostConfig.LogConfig?.Type === 'json-file' ? file(logFile) : '',
    Name: `/${record.Name}`,
    RestartCount: record.RestartCount,
    Driver: record.Driver,
    Platform: record.Platform.split('/')[0] ?? 'linux',
    MountLabel: record.MountLabel,
    ProcessLabel: '',
    AppArmorProfile: '',
    ExecIDs: execs.length > 0 ? execs : null,
    HostConfig: inspectHostConfig(
      { ...record.HostConfig, Links: linkTexts(ctx, record) },
      findProgram('crun') === undefined ? 'runc' : 'crun',
    ),
    GraphDriver: { Data: await graphData(ctx, record.Id), Name: record.Driver },
    ...sizes,
    Mounts: record.Mounts.map(inspectMount),
    Config: inspectConfig({ ...record.Config, Hostname }, 'container'),
    NetworkSettings: inspectNetworks(record),
  };
}

/** Where the root file system lies, by Docker's names; null when its area was deleted by hand. */
async function graphData(ctx: Context, id: string): Promise<Record<string, string> | null> {
  const paths = await (await ctx.layers()).areaPaths(areaKey(id));
  if (paths === undefined) return null;
  const { lower, merged, upper, work } = paths;
  return { LowerDir: lower.join(':'), MergedDir: merged, UpperDir: upper, WorkDir: work };
}

/** Docker's order; what comes later (health) stays behind it. */
function inspectState(state: ContainerState): ContainerState {
  const { Status, Running, Paused, Restarting, OOMKilled, Dead, ...rest } = state;
  const { Pid, ExitCode, Error: error, StartedAt, FinishedAt, ...others } = rest;
  // Docker calls a container that waits for its restart running
  const flags = { Status, Running: Running || Restarting, Paused, Restarting, OOMKilled, Dead };
  return { ...flags, Pid, ExitCode, Error: error, StartedAt, FinishedAt, ...others };
}

function inspectMount(mount: MountPoint): MountPoint {
  const { Type, Name, Source, Destination, Driver, Mode, RW, Propagation } = mount;
  const named = Name === undefined ? {} : { Name };
  const driven = Driver === undefined ? {} : { Driver };
  return { Type, ...named, Source, Destination, ...driven, Mode, RW, Propagation };
}
