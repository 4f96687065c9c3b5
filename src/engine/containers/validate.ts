/** Checks a container's configuration before anything is made, and gives Docker's warnings. Pure but for the machine's facts. */
import { availableParallelism } from 'node:os';
import { EngineError } from '../errors.ts';
import { portRequests } from '../networks/ports.ts';
import { normalizeCapabilities } from '../runtime/capabilities.ts';
import { hostFacts } from '../runtime/host.ts';
import { isUlimitName, resolveRlimits } from '../runtime/limits.ts';
import { parseSecurityOptions } from '../runtime/security.ts';
import { isProcessFolder } from '../runtime/working-dir.ts';
import type { ContainerConfig, HostConfig } from '../types/config.ts';
import { adaptResources } from './adapt-resources.ts';
import { healthcheckProblem } from './health-state.ts';
import { restartPolicyProblem } from './restart-policy.ts';
import { parseSignal } from './signals.ts';

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
    // as Docker records it: a memory limit alone allows as much swap again, and no limit of processes is none at all
    ...(given.Memory && given.Memory > 0 && !given.MemorySwap && { MemorySwap: given.Memory * 2 }),
    ...(given.PidsLimit !== undefined && given.PidsLimit <= 0 && { PidsLimit: undefined }),
    ...(given.MemorySwappiness === -1 && { MemorySwappiness: undefined }),
    ...(given.CapAdd?.length && { CapAdd: normalizeCapabilities('CapAdd', given.CapAdd) }),
    ...(given.CapDrop?.length && { CapDrop: normalizeCapabilities('CapDrop', given.CapDrop) }),
  };
}

/** Throws INVALID_ARGUMENT; returns warnings about what this machine can't do, and takes limits out of `host` that it can't keep. */
export function validate(config: ContainerConfig, host: HostConfig): string[] {
  checkWorkingDir(config.WorkingDir ?? '');
  checkHostName(config);
  if (config.StopSignal) parseSignal(config.StopSignal);
  const problem = healthcheckProblem(config) ?? restartPolicyProblem(host.RestartPolicy ?? { Name: '' });
  if (problem !== undefined) throw invalid(problem);
  if (host.AutoRemove && host.RestartPolicy?.Name && host.RestartPolicy.Name !== 'no') {
    throw invalid("can't create 'AutoRemove' container with restart policy");
  }
  parseSecurityOptions(host.SecurityOpt ?? []);
  checkSysctls(host);
  checkUlimits(host);
  checkRanges(host);
  checkPorts(config, host);
  const { warnings } = resolveRlimits(host.Ulimits ?? [], hostFacts());
  const limits = adaptResources(host, { cgroup: hostFacts().cgroup, cpuCount: availableParallelism() });
  return [...limits, ...warnings, ...checkOomScore(host)];
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

/** It becomes a line of /etc/hosts, also in containers that link to this one: no line of somebody's making. */
function checkHostName({ Hostname = '', Domainname = '' }: ContainerConfig): void {
  for (const name of [Hostname, Domainname])
    if (/[\s\p{Cc}]/u.test(name))
      throw invalid(`invalid hostname ${JSON.stringify(name)}: it has blanks or control characters`);
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

/** What can't be published is refused before a container is there; whether a port is free is seen at the start. */
function checkPorts(config: ContainerConfig, host: HostConfig): void {
  const mode = host.NetworkMode ?? '';
  if (mode !== 'host' && mode !== 'none' && !mode.startsWith('container:')) portRequests(config, host);
}

/** Lowering one's own score takes a capability: `buildSpec` keeps to what we may. */
function checkOomScore({ OomScoreAdj = 0 }: HostConfig): string[] {
  const { canRaiseLimits, oomScoreAdj } = hostFacts();
  return canRaiseLimits || OomScoreAdj >= Math.min(0, oomScoreAdj)
    ? []
    : [`oom-score-adj was raised to ${oomScoreAdj}: this process may not give less`];
}
