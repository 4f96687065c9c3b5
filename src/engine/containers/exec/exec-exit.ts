/** Notices and records the end of execs: from the exit file their monitor writes, or from the end of their container. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { endGroup } from '../../runtime/process-group.ts';
import { readPidFile } from '../../runtime/runtime.ts';
import { processStart } from '../../state/locks.ts';
import type { ContainerRecord } from '../../types/containers.ts';
import { containerEvent } from '../container-events.ts';
import { watchExits } from '../exit-file.ts';
import { containerDocuments, updateContainer } from '../records.ts';
import {
  type ExecRecord,
  execDir,
  execDocuments,
  execExitDir,
  execExitFile,
  findExec,
  removeExecFiles,
  updateExec,
} from './exec-records.ts';

/** The process was killed with its container, or its monitor was. */
const EXIT_KILLED = 137;
/** A monitor that was killed writes nothing. */
const CHECK_MS = 1000;

/** Records the end once. One that could not be started has no event for that, as in Docker. */
export function endExec(
  ctx: Context,
  exec: ExecRecord,
  exitCode: number,
  { hasRun = true }: { hasRun?: boolean } = {},
): ExecRecord {
  const ended = ctx.state.write(() => {
    const current = findExec(ctx, exec.ID);
    if (current.Status === 'exited') return current;
    const changed = updateExec(ctx, exec.ID, (record) => {
      Object.assign(record, { Status: 'exited', ExitCode: exitCode, Pid: 0 });
    });
    if (containerDocuments(ctx).get(exec.ContainerID) !== undefined) {
      const container = updateContainer(ctx, exec.ContainerID, (record) => {
        record.ExecIDs = record.ExecIDs.filter((id) => id !== exec.ID);
      });
      const attributes = { execID: exec.ID, exitCode: String(exitCode) };
      if (hasRun) containerEvent(ctx, container, 'exec_die', attributes);
    }
    return changed;
  });
  removeExecFiles(ctx, exec);
  return ended;
}

/** The record as it is now, ended when its process has. */
export function refreshExec(ctx: Context, exec: ExecRecord): ExecRecord {
  if (exec.Status !== 'running') return exec;
  const exitCode = readExit(ctx, exec);
  if (exitCode !== undefined) return endExec(ctx, exec, exitCode);
  const isContainerUp = containerDocuments(ctx).get(exec.ContainerID)?.State.Running === true;
  if (isContainerUp && isMonitored(ctx, exec)) return exec;
  return endExec(ctx, exec, readExit(ctx, exec) ?? EXIT_KILLED);
}

/** The execs of a container that still run: whoever was to record an end may have been killed. */
export function runningExecs(ctx: Context, { ExecIDs }: Pick<ContainerRecord, 'ExecIDs'>): string[] {
  return ExecIDs.filter((id) => {
    const exec = execDocuments(ctx).get(id);
    return exec !== undefined && refreshExec(ctx, exec).Status === 'running';
  });
}

/** With its container most of its execs have ended: their ends are told before its own. One that a runtime hangs at is ended. */
export async function endExecs(ctx: Context, { ExecIDs }: Pick<ContainerRecord, 'ExecIDs'>): Promise<void> {
  for (const id of ExecIDs) {
    const exec = execDocuments(ctx).get(id);
    if (exec?.Status !== 'running' || processStart(exec.Pid) !== undefined) continue;
    const monitor = exec.Pid > 0 ? undefined : readPidFile(join(execDir(ctx, exec), 'conmon.pid'));
    if (monitor !== undefined && commandLine(monitor).includes(id)) await endGroup(monitor);
    endExec(ctx, exec, readExit(ctx, exec) ?? EXIT_KILLED);
  }
}

/**
 * The process may be dead while its monitor has yet to write the exit file; before there is a pid file, it is being started. The pid may
 * be another process's by now: the monitor has the exec among its arguments.
 */
function isMonitored(ctx: Context, exec: ExecRecord): boolean {
  const pid = readPidFile(join(execDir(ctx, exec), 'conmon.pid'));
  return pid === undefined || commandLine(pid).includes(exec.ID);
}

/** '' of one that has ended, waited for or not. */
function commandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8');
  } catch {
    return '';
  }
}

function readExit(ctx: Context, exec: ExecRecord): number | undefined {
  try {
    const code = Number.parseInt(readFileSync(execExitFile(ctx, exec), 'utf8'), 10);
    return Number.isNaN(code) ? undefined : code & 0xff;
  } catch {
    return undefined; // not there yet
  }
}

/** Resolves with the exit code, woken by the exit file; of one that went with its container, it was killed. Throws CANCELED on abort. */
export function waitForExec(
  ctx: Context,
  exec: ExecRecord,
  signal: AbortSignal | undefined,
): Promise<number> {
  const ended = refreshExec(ctx, exec);
  if (ended.ExitCode !== null) return Promise.resolve(ended.ExitCode);
  return new Promise((resolve, reject) => {
    const watcher = watchExits(execExitDir(ctx, exec), () => look(false));
    const timer = setInterval(() => look(true), CHECK_MS);
    const abort = () => done(() => reject(new EngineError('CANCELED', 'exec: canceled')));
    const done = (finish: () => void) => {
      watcher?.close();
      clearInterval(timer);
      signal?.removeEventListener('abort', abort);
      finish();
    };
    const check = (isTimer: boolean) => {
      // recorded by another process, which removes the file
      const record = execDocuments(ctx).get(exec.ID);
      if (record === undefined) return done(() => resolve(EXIT_KILLED));
      const isOver = isTimer || record.Status === 'exited' || readExit(ctx, exec) !== undefined;
      const current = isOver ? refreshExec(ctx, record) : undefined;
      if (current?.ExitCode != null) done(() => resolve(current.ExitCode!));
    };
    const look = (isTimer: boolean) => {
      try {
        check(isTimer);
      } catch (error) {
        done(() => reject(error));
      }
    };
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else look(watcher === undefined);
  });
}
