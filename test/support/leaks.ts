/** What a test could leave on the machine: mounts, processes, namespaces, interfaces, firewall rules, files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';

const SETTLE_MS = 60_000;

/** Lines that tell what exists now and is connected to `root`, or to container networking. */
export function footprint(root: string): string[] {
  return [
    ...mountsOf(root).map((line) => `mount ${line.split(' ')[4]}`),
    ...processesOf(root).map((line) => `process ${line}`),
    ...[...interfaces(), ...rules(), ...cgroups()],
  ].sort();
}

/** Removes a store's folder once its processes have ended; fails when then more is on the machine than `before`. */
export async function removeWhole(folder: string, before: readonly string[]): Promise<void> {
  const known = new Set(before);
  const more = () => footprint(folder).filter((line) => !known.has(line));
  // Monitors and their exit commands live a moment longer than what they watched; other tests' containers come and go.
  const deadline = Date.now() + SETTLE_MS;
  let left = more();
  for (; left.length > 0 && Date.now() < deadline; left = more()) await sleep(50);
  // What is still mounted there may be of the host.
  if (mountsOf(folder).length === 0) rmSync(folder, { recursive: true, force: true });
  expect(left, 'left behind').toEqual([]);
}

/** Lines of /proc/self/mountinfo that name the folder. */
export const mountsOf = (folder: string): string[] =>
  readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(folder));

/** Pids of processes whose command line names the path. */
export function processesNaming(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(path))
    .map(Number)
    .filter((pid) => !isAncestor(pid));
}

/** Pid and command line of each. */
export const processesOf = (folder: string): string[] =>
  processesNaming(folder).map((pid) => `${pid} ${read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim()}`);

/** The test runner's own parents may name the root in their command line. */
function isAncestor(pid: number): boolean {
  for (let current = process.pid; current > 1; ) {
    if (current === pid) return true;
    current = Number(/^PPid:\s*(\d+)/m.exec(read(`/proc/${current}/status`))?.[1] ?? 1);
  }
  return false;
}

/** Our bridges; other engines have theirs. From /proc, which shows this network namespace's own; /sys may have been mounted in another. */
function interfaces(): string[] {
  return [...read('/proc/net/dev').matchAll(/^\s*(bxt\S+?):/gm)].map((match) => `interface ${match[1]}`);
}

function rules(): string[] {
  try {
    return execFileSync('iptables-save', { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })
      .split('\n')
      .filter((line) => /^-A .*NETAVARK/.test(line))
      .map((line) => `rule ${line}`);
  } catch {
    return []; // no iptables here, so no rules either
  }
}

/** Groups without a process: those of containers that run are of somebody's, whose monitor is seen above if it is ours. */
function cgroups(): string[] {
  const base = '/sys/fs/cgroup/pids/boxtop';
  if (!existsSync(base)) return [];
  return readdirSync(base)
    .filter((name) => /^[0-9a-f]{64}$/.test(name) && read(`${base}/${name}/cgroup.procs`) === '')
    .map((name) => `cgroup ${name}`);
}

function read(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // the process has gone meanwhile
  }
}
