/** Checks a container's configuration before anything is made, and gives Docker's warnings. Pure but for the machine's facts. */
import { availableParallelism } from 'node:os';
import { EngineError } from '../errors.ts';
import { normalizeCapabilities } from '../runtime/capabilities.ts';
import { hostFacts } from '../runtime/host.ts';
import { isUlimitName, resolveRlimits } from '../runtime/limits.ts';
import { parseSecurityOptions } from '../runtime/security.ts';
import { isProcessFolder } from '../runtime/working-dir.ts';
import type { ContainerConfig, HostConfig } from '../types/config.ts';
import { parseSignal } from './signals.ts';

const MIN_MEMORY_BYTES = 6 * 1024 * 1024;
const NANO_CPUS = 1_000_000_000;
const DEFAULT_SHM_BYTES = 64 * 1024 * 1024;

/** Fills in Docker's defaults. */
export function normalizeHostConfig(given: HostConfig): HostConfig {
  return {
    ...given,
    NetworkMode: given.NetworkMode || 'default',
    RestartPolicy: given.RestartPolicy?.Name ? given.RestartPolicy : { Name: 'no', MaximumRetryCount: 0 },
    LogConfig: given.LogConfig?.Type
      ? given.LogConfig
      : { Type: 'json-file', Config: given.LogConfig?.Config ?? {} },
    CgroupnsMode: given.CgroupnsMode || (hostFacts().cgroupMode === 'v2' ? 'private' : 'host'),
    IpcMode: given.IpcMode || 'private',
    PidMode: given.PidMode ?? '',
    UTSMode: given.UTSMode ?? '',
    ShmSize: given.ShmSize || DEFAULT_SHM_BYTES,
    ...(given.CapAdd?.length && { CapAdd: normalizeCapabilities('CapAdd', given.CapAdd) }),
    ...(given.CapDrop?.length && { CapDrop: normalizeCapabilities('CapDrop', given.CapDrop) }),
  };
}

/** Throws INVALID_ARGUMENT; returns warnings about what this machine can't do. */
export function validate(config: ContainerConfig, host: HostConfig): string[] {
  checkWorkingDir(config.WorkingDir ?? '');
  if (config.StopSignal) parseSignal(config.StopSignal);
  if (host.AutoRemove && host.RestartPolicy?.Name && host.RestartPolicy.Name !== 'no') {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
  parseSecurityOptions(host.SecurityOpt ?? []);
  checkSysctls(host);
  checkUlimits(host);
  checkRanges(host);
  const { warnings } = resolveRlimits(host.Ulimits ?? [], hostFacts());
  return [...checkMemory(host), ...checkCpu(host), ...warnUnsupported(host), ...warnings];
}

const invalid = (message: string, hint?: string) =>
  new EngineError('INVALID_ARGUMENT', message, { hint, exitCode: 125 });

/** CVE-2024-21626: a working directory behind one of our descriptors. */
function checkWorkingDir(path: string): void {
  if (path !== '' && !path.startsWith('/')) {
    throw invalid(`the working directory '${path}' is invalid, it needs to be an absolute path`);
  }
  if (isProcessFolder(path)) {
    throw invalid(`the working directory '${path}' is invalid: it lies in a process's folder`);
  }
}

/** Only namespaced ones, and only while the container owns the namespace (CVE-2022-0811). */
function checkSysctls(host: HostConfig): void {
  for (const [name, value] of Object.entries(host.Sysctls ?? {})) {
    const refuse = (why: string) => invalid(`sysctl "${name}" is not allowed: ${why}`);
    if (!/^[a-z0-9_.-]+$/i.test(name) || /[\n+]/.test(value))
      throw refuse('it has characters that no sysctl has');
    const isIpc =
      /^(kernel\.(msgmax|msgmnb|msgmni|sem|shmall|shmmax|shmmni|shm_rmid_forced)|fs\.mqueue\..+)$/.test(name);
    const isNet = name.startsWith('net.');
    if (!isIpc && !isNet) throw refuse('it belongs to the whole machine, not to the container');
    if (isNet && host.NetworkMode === 'host') throw refuse('the container uses the network of the host');
    if (isIpc && host.IpcMode === 'host') throw refuse('the container uses the IPC namespace of the host');
  }
}

function checkUlimits(host: HostConfig): void {
  for (const { Name, Soft, Hard } of host.Ulimits ?? []) {
    if (!isUlimitName(Name)) throw invalid(`invalid ulimit type: ${Name}`);
    if (Hard >= 0 && Soft > Hard)
      throw invalid(`ulimit soft limit must be less than or equal to hard limit: ${Soft} > ${Hard}`);
  }
}

function checkRanges({ OomScoreAdj = 0, ShmSize = 0 }: HostConfig): void {
  if (OomScoreAdj < -1000 || OomScoreAdj > 1000)
    throw invalid(`Invalid value ${OomScoreAdj}, range for oom score adj is [-1000, 1000]`);
  if (ShmSize < 0) throw invalid('SHM size can not be less than 0');
}

function checkMemory(host: HostConfig): string[] {
  const { Memory = 0, MemorySwap = 0, MemoryReservation = 0 } = host;
  if (Memory > 0 && Memory < MIN_MEMORY_BYTES) throw invalid('Minimum memory limit allowed is 6MB');
  if (Memory > 0 && MemorySwap > 0 && MemorySwap < Memory) {
    throw invalid('Minimum memoryswap limit should be larger than memory limit, see usage');
  }
  if (Memory === 0 && MemorySwap > 0)
    throw invalid('You should always set the Memory limit when using Memoryswap limit, see usage');
  if (Memory > 0 && MemoryReservation > Memory)
    throw invalid('Minimum memory limit can not be less than memory reservation limit, see usage');
  if (Memory > 0 && MemorySwap >= 0 && !hostFacts().hasSwapLimit) {
    return [
      'Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.',
    ];
  }
  return [];
}

function checkCpu(host: HostConfig): string[] {
  if (host.NanoCpus && (host.CpuPeriod || host.CpuQuota))
    throw invalid('Conflicting options: Nano CPUs and CPU Period/Quota cannot both be set');
  const cpus = availableParallelism();
  if (host.NanoCpus !== undefined && (host.NanoCpus < 0 || host.NanoCpus > cpus * NANO_CPUS))
    throw invalid(`Range of CPUs is from 0.01 to ${cpus}.00, as there are only ${cpus} CPUs available`);
  if (host.CpuQuota && host.CpuQuota > 0 && host.CpuQuota < 1000)
    throw invalid('CPU cfs quota can not be less than 1ms (i.e. 1000)');
  if (host.CpuPeriod && (host.CpuPeriod < 1000 || host.CpuPeriod > 1_000_000)) {
    throw invalid('CPU cfs period can not be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)');
  }
  // CVE-2018-20699: a huge range must not be expanded
  for (const set of [host.CpusetCpus, host.CpusetMems]) {
    if (set && (!/^\d{1,5}(-\d{1,5})?(,\d{1,5}(-\d{1,5})?)*$/.test(set) || set.length > 1024))
      throw invalid(`Invalid value ${set} for cpuset`);
  }
  return [];
}

function warnUnsupported(host: HostConfig): string[] {
  if (host.BlkioWeight && (host.BlkioWeight < 10 || host.BlkioWeight > 1000))
    throw invalid('Range of blkio weight is from 10 to 1000');
  if (host.BlkioWeight && !hostFacts().hasBlkioWeight) {
    return ['Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.'];
  }
  return [];
}
