/** Kills all that an exec has started. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { cgroupFolders, cgroupProcesses } from '../containers/cgroup.ts';
import { type ExecRecord, execDir } from '../containers/exec/exec-records.ts';
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { readPidFile } from '../runtime/runtime.ts';

/** Processes that are made while we look are found the next time. */
const ROUNDS = 10;

/**
 * The runtime runs every exec in a session of its own (crun's is named after a helper that is gone): its processes are found by that
 * or by their parents, also when they were left to the container's first process. Only the container's control group is looked at.
 */
export async function killExec(
  ctx: Context,
  exec: Pick<ExecRecord, 'ID' | 'Pid' | 'ContainerID'>,
): Promise<void> {
  const init = containerDocuments(ctx).get(exec.ContainerID)?.State.Pid ?? 0;
  // who started it may have been killed before it could note the pid
  const leader = exec.Pid > 0 ? exec.Pid : (readPidFile(join(execDir(ctx, exec), 'pidfile')) ?? 0);
  if (leader <= 0 || init <= 0) return;
  const session = readProcess(leader)?.session;
  if (session === undefined || session === readProcess(init)?.session) return;
  for (let round = 0; round < ROUNDS; round += 1) {
    const found = processesOf(leader, session, init);
    if (found.length === 0) return;
    for (const pid of found) killProcess(pid);
    await new Promise((resolve) => setTimeout(resolve, 1 << round));
  }
}

function processesOf(leader: number, own: number, init: number): number[] {
  const family = new Set([leader]);
  const processes = groupOf(init).flatMap((pid) => readProcess(pid) ?? []);
  for (let size = 0; size !== family.size; ) {
    size = family.size;
    for (const { pid, parent, session } of processes)
      if (session === own || family.has(parent)) family.add(pid);
  }
  return processes.filter(({ pid }) => pid !== init && family.has(pid)).map(({ pid }) => pid);
}

function groupOf(pid: number): number[] {
  try {
    return cgroupProcesses(cgroupFolders(readFileSync(`/proc/${pid}/cgroup`, 'utf8')));
  } catch {
    return []; // the container has ended, and all of its processes with it
  }
}

/** proc(5) /proc/PID/stat; a zombie is no process any more. */
function readProcess(pid: number): { pid: number; parent: number; session: number } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const [state, parent, , session] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' || state === 'X'
      ? undefined
      : { pid, parent: Number(parent), session: Number(session) };
  } catch {
    return undefined;
  }
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}
