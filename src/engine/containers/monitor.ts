/** The monitor of a container: which process it is, and whether it still lives. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { readPidFile } from '../runtime/runtime.ts';
import { processStart } from '../state/locks.ts';
import { bundleDir, exitDir } from './paths.ts';

interface MonitorFile {
  pid: number;
  /** a pid may be used again after the monitor's death; its start time is not */
  started: string;
  /** the container's first process, which may outlive its monitor */
  process: { pid: number; started: string };
  /** of the machine's start: processes of an earlier one are gone, whoever has their pid and start time now */
  bootId: string;
}

const monitorFile = (ctx: Context, id: string): string => `${bundleDir(ctx, id)}/monitor.json`;

let bootId: string | undefined;

function currentBootId(): string {
  bootId ??= readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
  return bootId;
}

/** Notes the running monitor and the container's process, so that they can be told from others with their pids. */
export function noteMonitor(ctx: Context, id: string, processPid: number): void {
  const pid = readPidFile(join(bundleDir(ctx, id), 'conmon.pid'));
  const started = pid === undefined ? undefined : processStart(pid);
  if (pid === undefined || started === undefined) return; // it has ended already: the exit file tells
  const process = { pid: processPid, started: processStart(processPid) ?? '' };
  const file: MonitorFile = { pid, started, process, bootId: currentBootId() };
  writeFileSync(monitorFile(ctx, id), JSON.stringify(file));
}

/** Undefined: never started, or the machine was started anew. */
function readMonitor(ctx: Context, id: string): MonitorFile | undefined {
  try {
    const file = JSON.parse(readFileSync(monitorFile(ctx, id), 'utf8')) as MonitorFile;
    return file.bootId === currentBootId() ? file : undefined;
  } catch {
    return undefined;
  }
}

/**
 * What lives of a container that was started: 'lost' when its monitor was killed but not its process, whose output and exit code nobody
 * will know; 'gone' when neither does; 'rebooted' when both went with the machine.
 */
export function lifeOf(ctx: Context, id: string): 'monitored' | 'lost' | 'gone' | 'rebooted' {
  const file = readMonitor(ctx, id);
  if (file === undefined) return 'rebooted';
  if (processStart(file.pid) === file.started) return 'monitored';
  return processStart(file.process.pid) === file.process.started ? 'lost' : 'gone';
}

/** Pid of the living monitor. */
export function monitorPid(ctx: Context, id: string): number | undefined {
  const file = readMonitor(ctx, id);
  return file !== undefined && processStart(file.pid) === file.started ? file.pid : undefined;
}

/**
 * The monitor's process group: itself and, after the container's end, its child that is to run the exit command. Undefined when we are
 * that child, when there is none, and when the pid is another process's by now.
 */
export function monitorGroup(ctx: Context, id: string): number | undefined {
  const file = readMonitor(ctx, id);
  if (file === undefined) return undefined;
  const current = processStart(file.pid);
  return file.pid === ownGroup() || (current !== undefined && current !== file.started)
    ? undefined
    : file.pid;
}

/** Field 5 of /proc/self/stat (proc(5)); Node has no getpgrp. */
function ownGroup(): number {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
}

/** The exit code the monitor wrote, undefined while there is none. 137 = killed by signal 9. */
export function readExitCode(ctx: Context, id: string): number | undefined {
  const file = `${exitDir(ctx, id)}/${id}`;
  if (!existsSync(file)) return undefined; // far cheaper than an error, for each container of a list
  try {
    const code = Number.parseInt(readFileSync(file, 'utf8'), 10);
    return Number.isNaN(code) ? undefined : code & 0xff;
  } catch {
    return undefined; // removed meanwhile
  }
}
