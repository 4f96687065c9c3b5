/** Records a container's end and releases what it held. Run by the monitor's exit command and by whoever notices first. */
import { statfsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { removeFolder } from '../remove-folder.ts';
import { isHeld } from '../runtime/in-process.ts';
import { deleteFromRuntime, forgetEnded, runtimeToClear } from '../runtime/runtime.ts';
import { type EventInput, recordEvent } from '../state/events.ts';
import { isLocked, processStart, withLock } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { recordEnd } from './end-state.ts';
import { endExecs } from './exec/exec-exit.ts';
import { lifeOf, monitorGroup, readExitCode } from './monitor.ts';
import { noteOom, wasOomKilled } from './oom.ts';
import { areaKey, bundleDir, exitDir } from './paths.ts';
import { containerDocuments, containerLock, updateContainer } from './records.ts';
import { releaseVolumes } from './release-volumes.ts';
import { removeLocked } from './removal.ts';
import { ensureSupervisor, superviseContainer, unsuperviseContainer } from './supervised.ts';
import { volumeEvents } from './volume-events.ts';
import { unwatchContainer } from './watcher.ts';

/** The process was killed with its monitor, or after it: nobody knows its code. */
const EXIT_KILLED = 137;
/** The machine went down under it, or its code was lost on a full disk: Docker's for a container it lost. */
const EXIT_LOST = 255;
const MONITOR_END_MS = 2000;
/** What the store gives up on a full disk, and takes back, counts as none. */
const NO_SPACE_BYTES = 1024 * 1024;

/**
 * Contract of `Containers.handleExit`: idempotent, under the container's lock. A container that is gone is no error. `byMonitor`: its
 * monitor calls, whose last word is the exit code.
 */
export async function handleExit(ctx: Context, id: string, how: { byMonitor?: boolean } = {}): Promise<void> {
  await withLock(ctx.state, containerLock(id), async () => {
    const record = containerDocuments(ctx).get(id);
    if (record !== undefined) await reconcile(ctx, record, how);
  });
}

/** What has become of a container since its record was written. `lost`: its process lives, its monitor was killed. */
export type Fate = 'down' | 'up' | 'lost' | 'ended';

/** Cheap: two small files are read of one that says "running". */
export function fateOf(ctx: Context, record: ContainerRecord): Fate {
  const { Id, State } = record;
  if (!State.Running) return 'down';
  if (readExitCode(ctx, Id) !== undefined) return 'ended';
  const life = lifeOf(ctx, Id);
  if (life === 'lost') return 'lost';
  return life === 'monitored' && !isAbandoned(ctx, record) ? 'up' : 'ended';
}

/** By somebody who holds its lock, or was killed before he could let its process run: then nobody will. */
const isHalfStarted = (ctx: Context, { Id, State }: ContainerRecord): boolean =>
  isHeld(ctx.paths.runtimeState, { id: Id, pid: State.Pid });

/** Asked twice: he may let it run, and give the lock back, between the two questions. */
const isAbandoned = (ctx: Context, record: ContainerRecord): boolean =>
  isHalfStarted(ctx, record) && !isLocked(ctx.state, containerLock(record.Id)) && isHalfStarted(ctx, record);

/** Whether a record says "running" of something that has ended. */
export const hasEnded = (ctx: Context, record: ContainerRecord): boolean => fateOf(ctx, record) === 'ended';

/**
 * Brings a record up to date with its processes; the caller holds the container's lock. Returns the record as it is now
 * (of a container that was removed by `--rm`: as it was at its end). `keep`: the caller starts it again; neither `--rm` nor its policy acts.
 * A monitor that calls without having left an exit code could not write it, nor could one on a full disk.
 */
export async function reconcile(
  ctx: Context,
  record: ContainerRecord,
  how: { keep?: boolean; byMonitor?: boolean } = {},
): Promise<ContainerRecord> {
  const isHalf = record.State.Running && isHalfStarted(ctx, record);
  if (!isHalf && !hasEnded(ctx, record)) return record;
  const isLost = lifeOf(ctx, record.Id) === 'rebooted';
  const isKept = how.keep === true || isBeingRestarted(record);
  const known = readExitCode(ctx, record.Id);
  const isUnwritten =
    known === undefined && !isLost && (how.byMonitor === true || isFull(exitDir(ctx, record.Id)));
  return finish(ctx, record, {
    exitCode: known ?? (isLost || isUnwritten ? EXIT_LOST : EXIT_KILLED),
    error: isUnwritten
      ? `its exit code could not be written to ${exitDir(ctx, record.Id)}: is the disk full?`
      : '',
    // what the machine took down with it, `boot` brings back
    mayRestart: !isKept && !isLost,
    isKept,
  });
}

/** As `reconcile`, taking the lock only when there is something to do: for list and inspect. */
export async function refresh(ctx: Context, record: ContainerRecord): Promise<ContainerRecord> {
  if (hasEnded(ctx, record)) await handleExit(ctx, record.Id);
  else if (!noteOom(ctx, record)) return record;
  return containerDocuments(ctx).get(record.Id) ?? record;
}

function isFull(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize < NO_SPACE_BYTES;
  } catch {
    return false; // the folder is gone, and with it any reason
  }
}

async function finish(
  ctx: Context,
  record: ContainerRecord,
  { isKept, error, ...end }: { exitCode: number; error: string; mayRestart: boolean; isKept: boolean },
): Promise<ContainerRecord> {
  const id = record.Id;
  const isOom = record.State.OOMKilled || wasOomKilled(ctx, record);
  const disconnects = await release(ctx, record);
  const ended = ctx.state.write(() => {
    let isTold = false; // by who looked meanwhile
    const changed = updateContainer(ctx, id, (current) => {
      isTold = current.State.OOMKilled;
      recordEnd(current, { ...end, isOom });
      if (error !== '') current.State.Error = error;
    });
    if (isOom && !isTold) containerEvent(ctx, changed, 'oom');
    containerEvent(ctx, changed, 'die', { exitCode: String(end.exitCode) });
    for (const event of disconnects) recordEvent(ctx.state, event);
    volumeEvents(ctx, changed, 'unmount');
    if (changed.State.Restarting) superviseContainer(ctx, id);
    else unsuperviseContainer(ctx, id);
    return changed;
  });
  if (ended.State.Restarting) ensureSupervisor(ctx);
  if (ended.HostConfig.AutoRemove && !isKept && !ended.State.Restarting)
    await removeLocked(ctx, ended, { volumes: true });
  return ended;
}

/** By a process that lives and is between its end and its start. */
export const isBeingRestarted = ({ RestartedBy: by }: ContainerRecord): boolean =>
  by !== undefined && processStart(by.pid) === by.started;

/**
 * Everything a running container holds outside its record. The container's mounts are its own: ours can go meanwhile. Returns the
 * events of the networks it left: they are told behind its end.
 */
async function release(ctx: Context, record: ContainerRecord): Promise<EventInput[]> {
  const id = record.Id;
  const runtime = runtimeToClear(ctx, record.HostConfig.Runtime);
  // without an exit code the process may live on after its monitor's death
  const hasExited = readExitCode(ctx, id) !== undefined;
  const layers = await ctx.layers();
  const disconnects: EventInput[] = [];
  await Promise.all([
    layers.unmount(areaKey(id), { holder: id }), // first: it has a program to wait for
    import('../networks/setup.ts').then(({ teardownNetwork }) => teardownNetwork(ctx, record, disconnects)),
    hasExited ? forgetEnded(ctx, runtime, record) : deleteFromRuntime(runtime, record),
  ]);
  await endMonitor(ctx, id);
  await endExecs(ctx, containerDocuments(ctx).get(id) ?? record);
  unwatchContainer(ctx, id);
  removeFolder(bundleDir(ctx, id));
  await releaseVolumes(ctx, record);
  return disconnects;
}

/**
 * Ends a monitor whose container is gone or was never started. One that has run is only waiting to call us; when it is our own parent
 * (we are its exit command) it must live until we end.
 */
export async function endMonitor(ctx: Context, id: string): Promise<void> {
  const pid = monitorGroup(ctx, id);
  if (pid === undefined) return;
  const started = processStart(pid);
  try {
    process.kill(-pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error; // it has ended by itself
  }
  for (
    let waited = 0;
    started !== undefined && waited < MONITOR_END_MS && processStart(pid) === started;
    waited += 1
  )
    await sleep(1);
}
