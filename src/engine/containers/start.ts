/** Starts a container: root, network, bundle, monitor, process, in that order; a failure takes all of it back. */
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError, messageOf } from '../errors.ts';
import type { BegunNetwork } from '../networks/setup.ts';
import { launchMonitor, type WaitingMonitor } from '../runtime/conmon.ts';
import { chooseRuntime, deleteFromRuntime, type Runtime, startProcess } from '../runtime/runtime.ts';
import { resizeTerminal } from '../runtime/terminal-size.ts';
import { processStart, withLock } from '../state/locks.ts';
import type { AttachStream, ContainerRecord } from '../types/containers.ts';
import { writeBundle } from './bundle.ts';
import { containerEvent, tellingDetach } from './container-events.ts';
import { endMonitor, fateOf, reconcile } from './exited.ts';
import { clearLeftovers } from './leftovers.ts';
import { linkVariables } from './link-environment.ts';
import { refreshLinkHosts } from './link-hosts.ts';
import { linkTargets } from './links.ts';
import { rotateStopped } from './logs/log-rotation.ts';
import { noteMonitor } from './monitor.ts';
import { areaKey, bundleDir, exitDir, logFile } from './paths.ts';
import { containerDocuments, containerLock, findContainer } from './records.ts';
import { releaseVolumes } from './release-volumes.ts';
import { removeLocked } from './removal.ts';
import { restartingError } from './restarting-error.ts';
import { isChecked, noteFailure, noteRunning } from './start-state.ts';
import { ensureSupervisor } from './supervised.ts';
import { watchContainer } from './watch-container.ts';
import { startWatcher, unwatchContainer } from './watcher.ts';

/** How long the monitor of `run --rm` waits before it cleans up itself: the foreground client is faster and ends it. */
const FOREGROUND_EXIT_DELAY_S = 1;

export interface SecretEnv {
  env: readonly string[];
  folder: string;
}

export interface StartOptions {
  attach?: boolean;
  size?: { rows: number; cols: number };
  /** gives up while the runtime makes the container; later it changes nothing */
  signal?: AbortSignal;
  /** variables for this start alone, in no record: a build's secrets; the bundle's config.json is a link into `folder`, which is in memory */
  secret?: SecretEnv;
  /** by the restart policy, which goes on counting */
  isRestart?: boolean;
}

/**
 * Docker's POST /containers/ID/start; starting a running container is no error. With `attach` the stream is connected before the
 * process runs, so that no output is missed. Throws errors with exitCode 125, 126 or 127 as `docker run` ends with.
 */
export async function start(
  ctx: Context,
  nameOrId: string,
  options: StartOptions = {},
): Promise<AttachStream | undefined> {
  const { Id } = findContainer(ctx, nameOrId);
  return withLock(ctx.state, containerLock(Id), async () => {
    const record = await reconcile(ctx, findContainer(ctx, Id));
    findContainer(ctx, Id); // it may have ended unseen, and gone by its --rm
    if (record.State.Paused)
      throw new EngineError('CONFLICT', 'cannot start a paused container, try unpause instead');
    if (record.State.Restarting) {
      if (options.attach) throw restartingError(Id);
      return undefined; // it starts anyhow
    }
    if (fateOf(ctx, record) === 'lost') return takeOver(ctx, record, options);
    if (!record.State.Running) return startRecord(ctx, record, options);
    if (!options.attach) return undefined;
    const stream = await (await import('./attach.ts')).connectRunning(ctx, record);
    return stream ?? startRecord(ctx, await reconcile(ctx, record, { keep: true }), options);
  });
}

/** One without a monitor can only be ended: its output and exit code are nobody's. */
async function takeOver(
  ctx: Context,
  record: ContainerRecord,
  options: StartOptions,
): Promise<AttachStream | undefined> {
  const { killLocked } = await import('./kill.ts');
  return startRecord(ctx, await killLocked(ctx, record, { keep: true }), options);
}

/** Starts a container that doesn't run; the caller holds its lock. */
export async function startRecord(
  ctx: Context,
  record: ContainerRecord,
  options: StartOptions,
): Promise<AttachStream | undefined> {
  if (options.attach) containerEvent(ctx, record, 'attach');
  try {
    return await startLocked(ctx, record, options).catch(async (error: unknown) => {
      if (!(error instanceof (await import('../networks/setup.ts')).PassingNetworkError)) throw error;
      return startLocked(ctx, record, options);
    });
  } catch (error) {
    noteFailure(ctx, record.Id, error);
    if (record.HostConfig.AutoRemove) await removeFailed(ctx, record.Id);
    throw error;
  }
}

/** With --rm nothing stays of a container that could not be started (moby daemon/start.go). */
async function removeFailed(ctx: Context, id: string): Promise<void> {
  const record = containerDocuments(ctx).get(id);
  if (record !== undefined) await removeLocked(ctx, record, { volumes: true });
}

async function startLocked(
  ctx: Context,
  record: ContainerRecord,
  options: StartOptions,
): Promise<AttachStream | undefined> {
  const id = record.Id;
  const links = linkTargets(ctx, record).flatMap((target) => linkVariables(record.Name, target));
  const runtime = chooseRuntime(ctx, record.HostConfig.Runtime);
  const bundle = bundleDir(ctx, id);
  await makeFolders(ctx, record);
  const layers = await ctx.layers();
  const rootfs = layers.mount(areaKey(id), { holder: id });
  rootfs.catch(() => {}); // thrown by who waits for it
  let monitor: WaitingMonitor | undefined;
  let network: BegunNetwork | undefined;
  let stream: AttachStream | undefined;
  try {
    monitor = launchMonitor(monitorOptions(ctx, record, runtime, options));
    network = await (await import('../networks/setup.ts')).beginNetwork(ctx, record);
    const { Env = [] } = record.Config;
    const Config = { ...record.Config, Env: [...links, ...Env, ...(options.secret?.env ?? [])] };
    await writeBundle(ctx, {
      record: { ...record, Config },
      rootfs,
      network: network.setup,
      size: options.size,
      specFolder: options.secret?.folder,
    });
    if (setsNetworkParameters(record)) await network.ready;
    const created = monitor.run();
    created.catch(() => {}); // thrown below
    const { Tty } = record.Config;
    const socket = options.attach ? await attachSocket() : undefined; // while the runtime works
    const { pid } = await created;
    await network.ready;
    noteMonitor(ctx, id, pid);
    if (options.attach) stream = await socket?.connectAttach(bundle);
    if (Tty && options.size) resizeTerminal(bundle, options.size.rows, options.size.cols);
    watchContainer(ctx, record);
    // recorded first: a process that ends at once must find its record running
    noteRunning(ctx, id, { pid, network: network.setup, isRestart: options.isRestart === true });
    refreshLinkHosts(ctx, containerDocuments(ctx).get(id) ?? record);
    await startProcess(ctx, runtime, { id, pid }).catch((error: unknown) => {
      if (!wasKilled(ctx, id, pid)) throw error;
    });
    startWatcher(ctx, { isForeground: options.attach === true });
    if (isChecked(record)) ensureSupervisor(ctx);
    return stream && tellingDetach(ctx, record, stream);
  } catch (error) {
    stream?.close();
    await monitor?.abandon();
    await Promise.allSettled([rootfs, network?.ready]); // what is under way must be there before it is undone
    await undo(ctx, record, runtime, error);
    throw error;
  }
}

/** By a `kill` or `rm -f`, which need no lock, between its record and its start: it has started and ended, as its monitor tells. */
const wasKilled = (ctx: Context, id: string, pid: number): boolean =>
  processStart(pid) === undefined && containerDocuments(ctx).get(id)?.IsEnding === true;

/** Those of a run, without what an earlier one left. */
async function makeFolders(ctx: Context, record: ContainerRecord): Promise<void> {
  const bundle = bundleDir(ctx, record.Id);
  const exits = exitDir(ctx, record.Id);
  await clearLeftovers(ctx, record);
  rmSync(bundle, { recursive: true, force: true });
  rmSync(join(exits, record.Id), { force: true });
  for (const folder of [bundle, exits, ctx.paths.runtimeState])
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  rotateStopped(ctx, record);
}

/** The runtime writes them when it creates the container: some name interfaces, which must be there. */
const setsNetworkParameters = ({ HostConfig }: ContainerRecord): boolean =>
  Object.keys(HostConfig.Sysctls ?? {}).some((name) => name.startsWith('net.'));

/** Loads a native add-on (10 ms): not before there is something to wait for. */
const attachSocket = () => import('../runtime/attach-socket.ts');

function monitorOptions(ctx: Context, record: ContainerRecord, runtime: Runtime, options: StartOptions) {
  const { Id, Config, HostConfig } = record;
  const { root, runRoot } = ctx.paths;
  return {
    runtime,
    signal: options.signal,
    containerId: Id,
    sessionId: Id,
    bundle: bundleDir(ctx, Id),
    program: record.Path,
    log: HostConfig.LogConfig?.Type === 'none' ? 'none' : `k8s-file:${logFile(ctx, Id)}`,
    exitDir: exitDir(ctx, Id),
    isTerminal: Config.Tty === true,
    hasStdin: Config.OpenStdin === true,
    // closing a terminal's input would hang it up; Docker closes a pipe when StdinOnce is set
    leaveStdinOpen: Config.Tty === true || Config.StdinOnce !== true,
    exitCommand: [...ctx.self, '--root', root, '--runroot', runRoot, 'internal', 'exited', Id],
    exitDelaySeconds: options.attach && HostConfig.AutoRemove ? FOREGROUND_EXIT_DELAY_S : 0,
  };
}

async function undo(ctx: Context, record: ContainerRecord, runtime: Runtime, cause: unknown): Promise<void> {
  const id = record.Id;
  const problems: unknown[] = [];
  const attempt = async (step: () => Promise<unknown>) => {
    try {
      await step();
    } catch (error) {
      problems.push(error);
    }
  };
  await attempt(() => endMonitor(ctx, id));
  await attempt(async () => unwatchContainer(ctx, id));
  await attempt(() => deleteFromRuntime(runtime, record));
  await attempt(async () => (await import('../networks/setup.ts')).teardownNetwork(ctx, record));
  await attempt(async () => (await ctx.layers()).unmount(areaKey(id), { holder: id }));
  await attempt(async () => rmSync(bundleDir(ctx, id), { recursive: true, force: true }));
  await attempt(() => releaseVolumes(ctx, record));
  if (problems.length === 0) return;
  throw new EngineError(
    'INTERNAL',
    `${messageOf(cause)}; cleaning up failed too: ${problems.map(messageOf).join('; ')}`,
    { cause },
  );
}
