/** What a test could leave on the machine: mounts, processes, namespaces, interfaces, firewall rules, files. */
import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync } from 'node:fs';

/** Lines that tell what exists now and is connected to `root`, or to container networking. */
export function footprint(root: string): string[] {
  return [...mounts(root), ...processes(root), ...interfaces(), ...rules(), ...cgroups()].sort();
}

/** What `now` has more than `before`. */
export function leftBehind(root: string, before: readonly string[]): string[] {
  const known = new Set(before);
  const left = footprint(root).filter((line) => !known.has(line));
  if (existsSync(root)) left.push(`folder ${root}`);
  return left;
}

function mounts(root: string): string[] {
  return readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .filter((line) => line.includes(root))
    .map((line) => `mount ${line.split(' ')[4]}`);
}

/** Pids of processes whose command line names the path. */
export function processesNaming(path: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && read(`/proc/${name}/cmdline`).includes(path))
    .map(Number)
    .filter((pid) => !isAncestor(pid));
}

function processes(root: string): string[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const command = read(`/proc/${pid}/cmdline`).replaceAll('\0', ' ').trim();
      return command.includes(root) && !isAncestor(Number(pid))
        ? [`process ${pid} ${command.slice(0, 120)}`]
        : [];
    });
}

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
