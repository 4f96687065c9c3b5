/** Starts conmon, the monitor of one container or exec: it owns stdio, the log and the exit code, and outlives us. */
import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants, readFileSync } from 'node:fs';
import type { Readable, Writable } from 'node:stream';
import { closingFrom } from '../descriptors.ts';
import { EngineError } from '../errors.ts';
import { createError } from './create-error.ts';
import { withPlainUmask } from './plain-umask.ts';
import { endGroup } from './process-group.ts';
import { type Runtime, readPidFile } from './runtime.ts';

const CONMON_PLACES = [
  '/usr/bin/conmon',
  '/usr/libexec/podman/conmon',
  '/usr/local/bin/conmon',
  '/usr/local/libexec/podman/conmon',
];
/** containerd waits as long for its shims. */
const ANSWER_TIMEOUT_MS = 120_000;
/** What the monitor may print before it tells a pid: more is cut. */
const STDERR_LIMIT_BYTES = 16 * 1024;

export interface MonitorOptions {
  runtime: Runtime;
  /** id known to the runtime */
  containerId: string;
  /** container or exec id: names the exit file */
  sessionId: string;
  /** attach socket, ctl fifo and pid files go here */
  bundle: string;
  /** first of the process's arguments, for error messages */
  program: string;
  /** `k8s-file:PATH` or `none` */
  log: string;
  exitDir: string;
  isTerminal: boolean;
  hasStdin: boolean;
  /** a client that goes away doesn't end the process's input */
  leaveStdinOpen: boolean;
  exitCommand: readonly string[];
  exitDelaySeconds: number;
  /** OCI process spec of an exec */
  execSpec?: string;
  /** ends the wait for the runtime, and the runtime with it */
  signal?: AbortSignal | undefined;
  /** exec only: the attach socket must be connected before the process runs */
  attach?: () => Promise<void>;
}

/** Path of conmon. Throws UNAVAILABLE with exitCode 125 when it is not installed. */
function findMonitor(): string {
  for (const path of CONMON_PLACES) {
    try {
      accessSync(path, constants.X_OK);
      return path;
    } catch {
      // the next place
    }
  }
  throw new EngineError('UNAVAILABLE', 'conmon: program not found', {
    hint: 'install it, e.g.: apt-get install conmon',
    exitCode: 125,
  });
}

/** A monitor that has been started but waits for the word to run the runtime: its own start takes 8 ms in which others can work. */
export interface WaitingMonitor {
  /** As `startMonitor`. Once. */
  run(): Promise<{ pid: number }>;
  /** Ends it when it was never let run. */
  abandon(): Promise<void>;
}

/** Starts a monitor and waits until the runtime has created the container (or run the exec's process). Throws as `run` below. */
export async function startMonitor(options: MonitorOptions): Promise<{ pid: number }> {
  return launchMonitor(options).run();
}

/**
 * Launches a monitor; it stops at its start pipe, before it touches the bundle. `run` waits until the runtime has created the container
 * and returns the process's pid on this machine; it throws Docker's messages with exitCode 125, 126 or 127.
 */
export function launchMonitor(options: MonitorOptions): WaitingMonitor {
  const child = spawnMonitor(options);
  const failed = new Promise<never>((_, reject) => child.on('error', reject));
  failed.catch(() => {}); // told by `run`
  let isRun = false;
  return {
    run: () => {
      isRun = true;
      return runMonitor(child, failed, options);
    },
    abandon: async () => {
      if (isRun || child.pid === undefined) return;
      child.ref(); // else nothing would keep us alive to see its end
      const ended = new Promise((resolve) => child.once('exit', resolve));
      if (child.kill('SIGKILL')) await ended;
    },
  };
}

function spawnMonitor(options: MonitorOptions): ChildProcess {
  // only the pipes it is told of: one more would reach the container (CVE-2024-21626)
  const own = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;
  const stdio = options.attach === undefined ? [...own] : [...own, 'pipe' as const];
  const [file, ...args] = [...closingFrom(stdio.length), findMonitor(), ...monitorArgs(options)];
  const child = withPlainUmask(() =>
    spawn(file!, args, {
      cwd: options.bundle,
      detached: true, // a session of its own: no signal of our terminal reaches it
      env: monitorEnvironment(options),
      stdio,
    }),
  );
  child.unref();
  return child;
}

async function runMonitor(
  child: ChildProcess,
  failed: Promise<never>,
  options: MonitorOptions,
): Promise<{ pid: number }> {
  const stderr = collectStderr(child);
  const sync = new LineReader(child.stdio[3] as Readable);
  const start = child.stdio[4] as Writable;
  start.on('error', () => {}); // it ended early: the sync pipe tells why
  try {
    start.write('\0');
    if (options.attach !== undefined) {
      const ready = new LineReader((child.stdio as readonly unknown[])[5] as Readable);
      await Promise.race([ready.next(), sync.peek(), failed]);
      ready.close();
      if (!sync.hasLine) await options.attach();
      start.write('\0');
    }
    const line = await answerOf(sync, failed, options);
    return { pid: readPid(line, stderr(), options) };
  } finally {
    sync.close();
    start.destroy();
    child.stderr?.destroy();
  }
}

/** The monitor's line; when there is none because the caller went away or the runtime hangs, both are ended. */
async function answerOf(
  sync: LineReader,
  failed: Promise<never>,
  options: MonitorOptions,
): Promise<string | undefined> {
  const answered = new AbortController();
  try {
    return await Promise.race([sync.next(), failed, silence(options, answered.signal)]);
  } catch (error) {
    const pid = readPidFile(`${options.bundle}/conmon.pid`);
    if (pid !== undefined) await endGroup(pid);
    throw error;
  } finally {
    answered.abort();
  }
}

/** Rejects when the caller goes away, or the runtime has not answered in time. */
function silence({ runtime, signal }: MonitorOptions, answered: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    const cancel = () => reject(new EngineError('CANCELED', 'canceled while the container was made'));
    const timer = setTimeout(() => {
      const message = `${runtime.name} did not answer within ${ANSWER_TIMEOUT_MS / 1000} seconds`;
      const hint = `see what is wrong with it: ${runtime.program} --version`;
      reject(new EngineError('UNAVAILABLE', message, { hint, exitCode: 125 }));
    }, ANSWER_TIMEOUT_MS);
    answered.addEventListener('abort', () => clearTimeout(timer));
    signal?.addEventListener('abort', cancel, { signal: answered });
    if (signal?.aborted) cancel();
  });
}

function monitorEnvironment(options: MonitorOptions): NodeJS.ProcessEnv {
  const env: NodeJS.ProcessEnv = {
    PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    _OCI_SYNCPIPE: '3',
    _OCI_STARTPIPE: '4',
  };
  if (options.attach !== undefined) env['_OCI_ATTACHPIPE'] = '5';
  return env;
}

function monitorArgs(options: MonitorOptions): string[] {
  const { runtime, bundle, sessionId, containerId } = options;
  const [exitProgram, ...exitArgs] = options.exitCommand;
  const args = ['--api-version', '1', '-c', containerId, '-u', sessionId, '-n', sessionId];
  args.push('-r', runtime.path, '-b', bundle);
  args.push('-p', `${bundle}/pidfile`, '-P', `${bundle}/conmon.pid`, '-l', options.log, '--full-attach');
  args.push('--exit-dir', options.exitDir, '--no-sync-log', '--log-level', 'error');
  if (options.execSpec === undefined) args.push('--persist-dir', bundle);
  for (const arg of runtime.globalArgs) args.push(`--runtime-arg=${arg}`);
  if (hasOwnLog(options)) args.push(`--runtime-arg=--log=${runtimeLog(options)}`);
  if (options.isTerminal) args.push('-t');
  if (options.hasStdin) args.push('-i');
  if (options.leaveStdinOpen) args.push('--leave-stdin-open');
  if (options.execSpec !== undefined) args.push('-e', '--exec-process-spec', options.execSpec);
  if (options.attach !== undefined) args.push('--exec-attach');
  if (exitProgram !== undefined) args.push('--exit-command', exitProgram);
  for (const arg of exitArgs) args.push(`--exit-command-arg=${arg}`);
  if (options.exitDelaySeconds > 0) args.push('--exit-delay', String(options.exitDelaySeconds));
  return args;
}

/** crun tells what is wrong with an exec on the terminal that the exec already has, where nobody reads it. */
const hasOwnLog = ({ execSpec, isTerminal }: MonitorOptions): boolean => execSpec !== undefined && isTerminal;

const runtimeLog = ({ bundle }: MonitorOptions): string => `${bundle}/runtime.log`;

function readRuntimeLog(options: MonitorOptions): string {
  if (!hasOwnLog(options)) return '';
  try {
    return readFileSync(runtimeLog(options), 'utf8').slice(0, STDERR_LIMIT_BYTES);
  } catch {
    return ''; // it had nothing to say, or there was no runtime
  }
}

function collectStderr(child: ChildProcess): () => string {
  let text = '';
  child.stderr?.on('data', (chunk: Buffer) => {
    if (text.length < STDERR_LIMIT_BYTES) text += chunk.toString('utf8');
  });
  return () => text;
}

/** `{"data": PID}` or `{"data": -1, "message": "…"}`; nothing when the monitor died. */
function readPid(line: string | undefined, stderr: string, options: MonitorOptions): number {
  const answer = line === undefined ? undefined : (JSON.parse(line) as { data: number; message?: string });
  if (answer !== undefined && answer.data > 0) return answer.data;
  throw createError(answer?.message || readRuntimeLog(options) || stderr, {
    program: options.program,
    isExec: options.execSpec !== undefined,
    runtime: options.runtime.name,
  });
}

/** Lines of a pipe, one after the other; undefined at its end. */
class LineReader {
  readonly #stream: Readable;
  #text = '';
  #isEnded = false;
  #wake: (() => void) | undefined;

  constructor(stream: Readable) {
    this.#stream = stream;
    stream.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('utf8');
      this.#wake?.();
    });
    const end = () => {
      this.#isEnded = true;
      this.#wake?.();
    };
    stream.on('end', end).on('error', end).on('close', end);
  }

  get hasLine(): boolean {
    return this.#isEnded || this.#text.includes('\n');
  }

  /** Resolves when `next` would answer at once. */
  async peek(): Promise<void> {
    while (!this.hasLine) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
  }

  async next(): Promise<string | undefined> {
    await this.peek();
    const end = this.#text.indexOf('\n');
    const line = end < 0 ? this.#text : this.#text.slice(0, end);
    this.#text = end < 0 ? '' : this.#text.slice(end + 1);
    return line === '' ? undefined : line;
  }

  close(): void {
    this.#stream.destroy();
  }
}
