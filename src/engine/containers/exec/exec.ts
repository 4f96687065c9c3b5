/** Runs further processes in a container, each under a monitor of its own. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Context } from '../../context.ts';
import { codeOf, EngineError } from '../../errors.ts';
import { randomHex } from '../../random.ts';
import { connectAttach } from '../../runtime/attach-socket.ts';
import { startMonitor } from '../../runtime/conmon.ts';
import { chooseRuntime, type Runtime } from '../../runtime/runtime.ts';
import { resizeTerminal } from '../../runtime/terminal-size.ts';
import type { AttachStream, ContainerRecord, ExecCreate, ExecInspect } from '../../types/containers.ts';
import { containerEvent, tellingExecDetach } from '../container-events.ts';
import { refresh } from '../exited.ts';
import { notRunningError } from '../not-running-error.ts';
import { findContainer, updateContainer } from '../records.ts';
import { restartingError } from '../restarting-error.ts';
import { endExec, refreshExec, waitForExec } from './exec-exit.ts';
import { execFailure } from './exec-failure.ts';
import { execProcess } from './exec-process.ts';
import {
  type ExecRecord,
  execDir,
  execDocuments,
  execExitDir,
  findExec,
  forgetOldExecs,
  updateExec,
} from './exec-records.ts';

/** What an exec ends with that could not be made: Docker's EACCES. A program that is missing makes it 127, see createError. */
const EXIT_FAILED = 126;

/** Throws CONFLICT in Docker's words when the container doesn't run, INVALID_ARGUMENT without a command. */
export async function execCreate(ctx: Context, nameOrId: string, body: ExecCreate): Promise<{ Id: string }> {
  const record = await runningContainer(ctx, nameOrId);
  if (body.Cmd.length === 0) throw new EngineError('INVALID_ARGUMENT', 'No exec command specified');
  const exec: ExecRecord = {
    ID: randomHex(32),
    ContainerID: record.Id,
    createdMs: Date.now(),
    config: body,
    Status: 'created',
    ExitCode: null,
    Pid: 0,
  };
  ctx.state.write(() => {
    findContainer(ctx, record.Id); // it may have been removed meanwhile: nobody would remove this
    forgetOldExecs(ctx, record.Id);
    execDocuments(ctx).put(exec.ID, exec);
    containerEvent(ctx, record, `exec_create: ${execText(body.Cmd)}`, { execID: exec.ID });
  });
  return { Id: exec.ID };
}

/** Docker's events have a space behind the program, also without arguments. */
const execText = ([program = '', ...args]: readonly string[]): string => `${program} ${args.join(' ')}`;

async function runningContainer(ctx: Context, nameOrId: string): Promise<ContainerRecord> {
  const record = await refresh(ctx, findContainer(ctx, nameOrId));
  if (record.State.Restarting) throw restartingError(record.Id);
  if (!record.State.Running) throw notRunningError(record.Id);
  if (record.State.Paused) {
    throw new EngineError('CONFLICT', `Container ${nameOrId} is paused, unpause the container before exec`);
  }
  return record;
}

/** Errors carry exitCode 126 or 127 when the program can't be run. */
export async function execStart(
  ctx: Context,
  execId: string,
  options: { attach?: boolean; size?: { rows: number; cols: number }; signal?: AbortSignal } = {},
): Promise<AttachStream | undefined> {
  const exec = findExec(ctx, execId);
  if (exec.Status !== 'created')
    throw new EngineError('CONFLICT', `Error: Exec command ${execId} has already run`);
  const record = await runningContainer(ctx, exec.ContainerID);
  const bundle = execDir(ctx, exec);
  let stream: AttachStream | undefined;
  try {
    makeFolders(ctx, exec);
    const specFile = join(bundle, 'process.json');
    const spec = execProcess(ctx, record, exec.config, options.size);
    writeFileSync(specFile, JSON.stringify(spec), { mode: 0o600 });
    noteStart(ctx, record, exec);
    const attach = async () => {
      stream = await connectAttach(bundle);
      // runc's terminals have it from the spec; crun 1.8 sets it beside the program's start, which may be first
      if (exec.config.Tty && options.size) resizeTerminal(bundle, options.size.rows, options.size.cols);
    };
    const { pid } = await startMonitor({
      runtime: withOomScore(chooseRuntime(ctx, record.HostConfig.Runtime), spec.oomScoreAdj),
      containerId: record.Id,
      sessionId: execId,
      bundle,
      program: exec.config.Cmd[0]!,
      log: 'none',
      exitDir: execExitDir(ctx, exec),
      isTerminal: exec.config.Tty === true,
      hasStdin: exec.config.AttachStdin === true,
      leaveStdinOpen: exec.config.Tty === true,
      exitCommand: options.attach ? unlessAlive(exitCommand(ctx, execId)) : exitCommand(ctx, execId),
      exitDelaySeconds: 0,
      signal: options.signal,
      execSpec: specFile,
      ...(options.attach ? { attach } : {}),
    });
    updateExec(ctx, execId, (changed) => {
      changed.Pid = pid;
    });
    return stream && tellingExecDetach(ctx, { record, execId, pid }, stream);
  } catch (error) {
    stream?.close();
    const failure = await execFailure(ctx, record, error);
    const exitCode = (failure instanceof EngineError ? failure.exitCode : undefined) ?? EXIT_FAILED;
    // its container may have been removed, and it with it
    if (execDocuments(ctx).get(execId) !== undefined) endExec(ctx, exec, exitCode, { hasRun: false });
    throw failure;
  }
}

/** Its own, not the container's: that may have been removed just now, and nobody would remove them again. */
function makeFolders(ctx: Context, exec: ExecRecord): void {
  const exits = execExitDir(ctx, exec);
  for (const folder of [execDir(ctx, exec), dirname(exits), exits]) {
    try {
      mkdirSync(folder, { mode: 0o700 });
    } catch (error) {
      if (codeOf(error) !== 'EEXIST') throw error; // the first exec makes the folder of all
    }
  }
}

/** crun's exec leaves a process the score that it has itself. */
function withOomScore(runtime: Runtime, score = 0): Runtime {
  if (Number(readFileSync('/proc/self/oom_score_adj', 'utf8')) === score) return runtime;
  const script = '{ echo "$0" >/proc/self/oom_score_adj; } 2>/dev/null; exec "$@"'; // less than ours may be refused: then ours
  return {
    ...runtime,
    path: '/bin/sh',
    globalArgs: ['-c', script, String(score), runtime.path, ...runtime.globalArgs],
  };
}

function exitCommand(ctx: Context, execId: string): string[] {
  const { root, runRoot } = ctx.paths;
  return [...ctx.self, '--root', root, '--runroot', runRoot, 'internal', 'exec-exited', execId];
}

/** Whoever is attached waits for the end and records it, unless it was killed or has detached. A shell asks for less than we do. */
const unlessAlive = (command: readonly string[]): string[] => [
  '/bin/sh',
  '-c',
  '[ -d "/proc/$0" ] || exec "$@"',
  String(process.pid),
  ...command,
];

function noteStart(ctx: Context, record: ContainerRecord, exec: ExecRecord): void {
  ctx.state.write(() => {
    updateExec(ctx, exec.ID, (changed) => {
      changed.Status = 'running';
    });
    updateContainer(ctx, record.Id, (changed) => {
      changed.ExecIDs = [...changed.ExecIDs, exec.ID];
    });
    containerEvent(ctx, record, `exec_start: ${execText(exec.config.Cmd)}`, { execID: exec.ID });
  });
}

export async function execInspect(ctx: Context, execId: string): Promise<ExecInspect> {
  const { ID, ContainerID, Status, ExitCode, Pid } = refreshExec(ctx, findExec(ctx, execId));
  return { ID, ContainerID, Running: Status === 'running', ExitCode, Pid };
}

/** Throws CANCELED on abort. */
export async function execWait(
  ctx: Context,
  execId: string,
  options: { signal?: AbortSignal } = {},
): Promise<number> {
  return waitForExec(ctx, findExec(ctx, execId), options.signal);
}
