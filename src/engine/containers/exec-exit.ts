/** Notices and records the end of execs: from the exit file their monitor writes, or from the end of their container. */
import { readFileSync, watch } from 'node:fs';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { processStart } from '../state/locks.ts';
import { containerEvent } from './container-events.ts';
import {
  type ExecRecord,
  execExitDir,
  execExitFile,
  findExec,
  removeExecFiles,
  updateExec,
} from './exec-records.ts';
import { containerDocuments, updateContainer } from './records.ts';

/** The process was killed with its container, or its monitor was. */
const EXIT_KILLED = 137;
/** A monitor that was killed writes nothing. */
const CHECK_MS = 1000;

/** Records the end once. */
export function endExec(ctx: Context, exec: ExecRecord, exitCode: number): ExecRecord {
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
      containerEvent(ctx, container, 'exec_die', { execID: exec.ID, exitCode: String(exitCode) });
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
  const isAlive = exec.Pid === 0 || processStart(exec.Pid) !== undefined;
  return isContainerUp && isAlive ? exec : endExec(ctx, exec, readExit(ctx, exec) ?? EXIT_KILLED);
}

function readExit(ctx: Context, exec: ExecRecord): number | undefined {
  try {
    const code = Number.parseInt(readFileSync(execExitFile(ctx, exec), 'utf8'), 10);
    return Number.isNaN(code) ? undefined : code & 0xff;
  } catch {
    return undefined; // not there yet
  }
}

/** Resolves with the exit code, woken by the exit file. Throws CANCELED on abort. */
export function waitForExec(
  ctx: Context,
  exec: ExecRecord,
  signal: AbortSignal | undefined,
): Promise<number> {
  const ended = refreshExec(ctx, exec);
  if (ended.ExitCode !== null) return Promise.resolve(ended.ExitCode);
  return new Promise((resolve, reject) => {
    const watcher = watch(execExitDir(ctx, exec), () => check(false));
    let wasDead = false;
    const timer = setInterval(() => check(true), CHECK_MS);
    const abort = () => done(() => reject(new EngineError('CANCELED', 'exec: canceled')));
    const done = (finish: () => void) => {
      watcher.close();
      clearInterval(timer);
      signal?.removeEventListener('abort', abort);
      finish();
    };
    // the process ends a little before its monitor has written the exit file: "dead" counts at the second look
    const check = (isTimer: boolean) => {
      const exitCode = readExit(ctx, exec);
      const current =
        exitCode !== undefined || (isTimer && wasDead) ? refreshExec(ctx, findExec(ctx, exec.ID)) : undefined;
      wasDead ||= isTimer;
      if (current?.ExitCode != null) done(() => resolve(current.ExitCode!));
    };
    signal?.addEventListener('abort', abort);
    if (signal?.aborted) abort();
    else check(false);
  });
}
