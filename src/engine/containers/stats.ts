/** Verb stats: samples of what containers use, from the kernel's files alone. */
import { cpus, totalmem } from 'node:os';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { lastEventSeq } from '../state/events.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { ContainerSample, ContainerStats } from '../types/stats.ts';
import { type CounterFiles, cgroupFolders, counterFiles, readCounters } from './cgroup.ts';
import { refresh } from './exited.ts';
import { readKernelFile } from './kernel-file.ts';
import { noteOom, type RunningRecord } from './oom.ts';
import { containerDocuments, findContainer } from './records.ts';

/** What a sample needs of a record. */
interface Target {
  record: RunningRecord;
  id: string;
  name: string;
  isUp: boolean;
  /** 0 = not running */
  pid: number;
  /** the interfaces of the host count the host's traffic: Docker shows none */
  isHostNetwork: boolean;
  files?: CounterFiles;
}

/** Records are read again only when something has happened: every change of them is an event. */
interface Targets {
  seq: number;
  /** newest first */
  all: Target[];
  byId: ReadonlyMap<string, Target>;
}

const cache = new WeakMap<Context, Targets>();
const onlineCpus = cpus().length;
/** Reading takes less than one. */
const HELD_UP_MS = 10;
const MAX_TRIES = 3;

/**
 * One sample each of the containers named, or of those that run (`all`: of all), newest first. One that is not there (any more) is
 * undefined; one that does not run has no counters, which Docker shows as zeros. Throws INVALID_ARGUMENT for an ambiguous name.
 */
export async function stats(
  ctx: Context,
  options: { names?: readonly string[]; all?: boolean } = {},
): Promise<(ContainerSample | undefined)[]> {
  const targets = currentTargets(ctx);
  const chosen =
    options.names === undefined
      ? targets.all.filter(({ isUp }) => isUp || options.all)
      : options.names.map((name) => find(ctx, targets, name));
  const gone: Target[] = [];
  const samples = chosen.map((target) => target && sampleOf(target, gone));
  // who looks at a container all the time is the first to see it
  for (const target of chosen) if (target !== undefined) noteOom(ctx, target.record);
  await noteEnded(ctx, gone);
  return samples;
}

function currentTargets(ctx: Context): Targets {
  const seq = lastEventSeq(ctx.state);
  const known = cache.get(ctx);
  if (known?.seq === seq) return known;
  const all = containerDocuments(ctx)
    .all()
    .filter(({ Build }) => Build === undefined)
    .sort((a, b) => (a.Created < b.Created ? 1 : -1))
    .map((record) => targetOf(record, known?.byId.get(record.Id)));
  const targets = { seq, all, byId: new Map(all.map((target) => [target.id, target])) };
  cache.set(ctx, targets);
  return targets;
}

function targetOf({ Id, Name, State, HostConfig }: ContainerRecord, former: Target | undefined): Target {
  const { Running, OOMKilled, Pid } = State;
  return {
    record: { Id, State: { Running, OOMKilled, Pid } },
    id: Id,
    name: Name,
    isUp: State.Running || State.Restarting,
    pid: State.Pid,
    isHostNetwork: HostConfig.NetworkMode === 'host',
    ...(former?.pid === State.Pid && former.files !== undefined && { files: former.files }),
  };
}

function find(ctx: Context, { byId }: Targets, name: string): Target | undefined {
  const exact = byId.get(name);
  if (exact !== undefined) return exact;
  try {
    return byId.get(findContainer(ctx, name).Id);
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND') return undefined;
    throw error;
  }
}

function sampleOf(target: Target, gone: Target[]): ContainerSample {
  const { id, name, isUp, pid } = target;
  const { stats, readAtMs } = pid > 0 ? countersAt(target) : { stats: {}, readAtMs: performance.now() };
  if (stats === undefined) gone.push(target);
  // monotonic: a clock that is set jumps, and a millisecond is much of a short interval
  const readAt = performance.timeOrigin + readAtMs;
  return { id, name, isUp, stats: { readAt, onlineCpus, ...stats } };
}

/** Who is held up between the counters and the clock would have those of one moment and the time of another: they are read again. */
function countersAt(target: Target): { stats: ReturnType<typeof countersOf>; readAtMs: number } {
  for (let tries = 1; ; tries += 1) {
    const beganMs = performance.now();
    const stats = countersOf(target);
    const readAtMs = performance.now();
    if (stats === undefined || readAtMs - beganMs < HELD_UP_MS || tries === MAX_TRIES)
      return { stats, readAtMs };
  }
}

/** Undefined when the process has ended. The limit is the machine's memory when there is none, as Docker has it. */
function countersOf(target: Target): Omit<ContainerStats, 'readAt' | 'onlineCpus'> | undefined {
  try {
    target.files ??= filesOf(target.pid);
    if (target.files === undefined) return undefined;
    const devices = readKernelFile(`/proc/${target.pid}/net/dev`);
    const counters = readCounters(target.files);
    const limit = Math.min(counters.memoryLimitBytes ?? Number.POSITIVE_INFINITY, totalmem());
    const network = target.isHostNetwork ? {} : networkCounters(devices);
    return { ...counters, memoryLimitBytes: limit, ...network };
  } catch {
    return undefined;
  }
}

/** A process that has ended and is not waited for yet is back in the root group. */
function filesOf(pid: number): CounterFiles | undefined {
  const membership = readKernelFile(`/proc/${pid}/cgroup`);
  const isInGroup = /^\d+:[^:]*:\/.+$/m.test(membership);
  return isInGroup ? counterFiles(cgroupFolders(membership)) : undefined;
}

/** Of whose process is gone perhaps nobody else notes it: its monitor may have been killed. */
async function noteEnded(ctx: Context, gone: readonly Target[]): Promise<void> {
  for (const { id } of gone) {
    const record = containerDocuments(ctx).get(id);
    if (record !== undefined) await refresh(ctx, record);
  }
}

/** Sums /proc/PID/net/dev (proc(5)) over all interfaces but the loopback. */
export function networkCounters(devices: string): Pick<ContainerStats, 'netRxBytes' | 'netTxBytes'> {
  let netRxBytes = 0;
  let netTxBytes = 0;
  for (const line of devices.split('\n')) {
    const [, name, counters] = /^\s*([^\s:]+):\s*(.*)$/.exec(line) ?? [];
    if (name === undefined || counters === undefined || name === 'lo') continue;
    const columns = counters.split(/\s+/);
    netRxBytes += Number(columns[0]);
    netTxBytes += Number(columns[8]);
  }
  return { netRxBytes, netTxBytes };
}
