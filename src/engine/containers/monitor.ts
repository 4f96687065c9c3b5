/** The monitor of a container: which process it is, and whether it still lives. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { readPidFile } from '../runtime/runtime.ts';
import { processStart } from '../state/locks.ts';
import { bundleDir, exitDir } from './paths.ts';

interface MonitorFile {
  pid: number;
  /** a pid may be used again after the monitor's death; its start time is not */
  started: string;
}

const monitorFile = (ctx: Context, id: string): string => join(bundleDir(ctx, id), 'monitor.json');

/** Notes the running monitor, so that `isMonitored` can tell it from another process with its pid. */
export function noteMonitor(ctx: Context, id: string): void {
  const pid = readPidFile(join(bundleDir(ctx, id), 'conmon.pid'));
  const started = pid === undefined ? undefined : processStart(pid);
  if (pid === undefined || started === undefined) return; // it has ended already: the exit file tells
  writeFileSync(monitorFile(ctx, id), JSON.stringify({ pid, started } satisfies MonitorFile));
}

/** Pid of the living monitor. */
export function monitorPid(ctx: Context, id: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(monitorFile(ctx, id), 'utf8')) as MonitorFile;
    return processStart(pid) === started ? pid : undefined;
  } catch {
    return undefined; // no file: never started, or the machine was started anew
  }
}

/**
 * The monitor's process group: itself and, after the container's end, its child that is to run the exit command. Undefined when we are
 * that child, when there is none, and when the pid is another process's by now.
 */
export function monitorGroup(ctx: Context, id: string): number | undefined {
  try {
    const { pid, started } = JSON.parse(readFileSync(monitorFile(ctx, id), 'utf8')) as MonitorFile;
    const current = processStart(pid);
    return pid === ownGroup() || (current !== undefined && current !== started) ? undefined : pid;
  } catch {
    return undefined;
  }
}

/** Field 5 of /proc/self/stat (proc(5)); Node has no getpgrp. */
function ownGroup(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** The exit code the monitor wrote, undefined while there is none. 137 = killed by signal 9. */
export function readExitCode(ctx: Context, id: string): number | undefined {
  try {
    const code = Number.parseInt(readFileSync(join(exitDir(ctx, id), id), 'utf8'), 10);
    return Number.isNaN(code) ? undefined : code & 0xff;
  } catch {
    return undefined; // not there yet
  }
}
