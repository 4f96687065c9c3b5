/** Runs a program to its end. The only place of the engine, beside the monitor's start, that spawns one. */
import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { closingFrom, isExecutable } from './descriptors.ts';
import { EngineError } from './errors.ts';

export interface CommandOptions {
  cwd?: string;
  /** the program's whole environment; default SYSTEM_ENVIRONMENT, nothing of ours */
  env?: NodeJS.ProcessEnv;
  input?: string | Readable;
  signal?: AbortSignal;
  timeoutMs?: number;
  /** What it starts goes on when it has ended: it inherits no file of ours. */
  leavesProcess?: boolean;
  /** Cancelled, it takes with it what it started: it is the leader of a session of its own. */
  endsWithChildren?: boolean;
  /** Non-zero exits are returned instead of thrown. */
  allowFailure?: boolean;
}

export interface CommandResult {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/**
 * What system programs run with, whoever called us and with what PATH, TAR_OPTIONS or BASH_ENV. Where the programs really lie comes
 * first: netavark itself calls iptables some thirty times.
 */
const SYSTEM_ENVIRONMENT: NodeJS.ProcessEnv = {
  PATH: '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin:/run/current-system/sw/bin',
  LC_ALL: 'C.UTF-8',
};

/** Standard input, output and errors. */
const STDIO = 3;

/** What one program may print before it is cut: hostile input must not fill our memory. */
const OUTPUT_LIMIT_BYTES = 8 * 1024 * 1024;

/**
 * Runs `file` with `args` (no shell) and collects its output, 8 MiB at most.
 * Throws UNAVAILABLE when the program is not installed, CANCELED on abort, INTERNAL on a non-zero exit or a time-out.
 */
export function runCommand(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return new Promise((resolve, reject) => {
    const [first, ...words] = [...prefixOf(file, options), file, ...args];
    const child = spawn(first!, words, {
      cwd: options.cwd,
      env: options.env ?? SYSTEM_ENVIRONMENT,
      signal: options.signal,
      timeout: options.timeoutMs,
      killSignal: 'SIGKILL',
      detached: options.endsWithChildren === true,
      stdio: [options.input === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    if (options.endsWithChildren) endChildrenOf(child, options.signal);
    const stdout = collect(child.stdout);
    const stderr = collect(child.stderr);
    child.on('error', (cause) => reject(spawnError(file, cause)));
    child.on('exit', () => {
      if (!child.killed) return;
      // what it had started may hold them open for ever
      child.stdout?.destroy();
      child.stderr?.destroy();
    });
    child.on('close', (code, signalName) => {
      const result = { exitCode: code ?? -1, stdout: stdout(), stderr: stderr() };
      if (code === 0 || (options.allowFailure && code !== null)) return resolve(result);
      if (options.signal?.aborted) return reject(new EngineError('CANCELED', `${file}: canceled`));
      const isLate = options.timeoutMs !== undefined && child.killed;
      const killed = isLate
        ? `did not end within ${options.timeoutMs! / 1000} seconds`
        : `killed by ${signalName}`;
      const why = code === null ? killed : `exit status ${code}`;
      const said = (result.stderr.trim() || result.stdout.trim()).slice(-2000);
      reject(new EngineError('INTERNAL', `${file} ${args[0] ?? ''}: ${said || why}`));
    });
    feed(child.stdin, options.input);
  });
}

/** The leader alone is killed by `spawn`; its group lives as long as anyone is in it. */
function endChildrenOf(leader: ChildProcess, signal: AbortSignal | undefined): void {
  const kill = () => {
    try {
      if (leader.pid !== undefined) process.kill(-leader.pid, 'SIGKILL');
    } catch {
      // nobody is left
    }
  };
  signal?.addEventListener('abort', kill, { once: true });
  leader.once('close', () => signal?.removeEventListener('abort', kill));
}

/** Starts a program in a session of its own that outlives us; what it says on stderr goes to `log`, written anew. Returns its pid. */
export function startDetached(file: string, args: readonly string[], log: string): number | undefined {
  const stderr = openSync(log, 'w', 0o600);
  try {
    const [first, ...words] = [...closingFrom(STDIO), file, ...args];
    const child = spawn(first!, words, {
      cwd: '/', // holds no mount
      env: SYSTEM_ENVIRONMENT,
      detached: true,
      stdio: ['ignore', 'ignore', stderr],
    });
    child.on('error', () => {}); // no process to be had now: the next command tries again
    child.unref();
    return child.pid;
  } finally {
    closeSync(stderr);
  }
}

/** Not of a program that can't be run, or has yet to be found: what is wrong with it is told here. */
const prefixOf = (file: string, { leavesProcess }: CommandOptions): string[] =>
  leavesProcess && isExecutable(file) ? closingFrom(STDIO) : [];

function collect(stream: Readable | null): () => string {
  const chunks: Buffer[] = [];
  let size = 0;
  stream?.on('data', (chunk: Buffer) => {
    if (size < OUTPUT_LIMIT_BYTES) chunks.push(chunk);
    size += chunk.length;
  });
  return () => Buffer.concat(chunks).subarray(0, OUTPUT_LIMIT_BYTES).toString('utf8');
}

function feed(stdin: NodeJS.WritableStream | null, input: string | Readable | undefined): void {
  if (stdin === null || input === undefined) return;
  stdin.on('error', () => {}); // the program may end without reading; its exit status tells
  if (typeof input === 'string') stdin.end(input);
  else input.pipe(stdin);
}

function spawnError(file: string, cause: Error & { code?: string }): EngineError {
  if (cause.name === 'AbortError') return new EngineError('CANCELED', `${file}: canceled`, { cause });
  if (cause.code === 'EACCES') {
    return new EngineError('UNAVAILABLE', `${file}: permission denied`, {
      cause,
      hint: `make it executable, or install it again, e.g.: apt-get install --reinstall ${file.split('/').pop()}`,
    });
  }
  if (cause.code !== 'ENOENT') return new EngineError('INTERNAL', `${file}: ${cause.message}`, { cause });
  return new EngineError('UNAVAILABLE', `${file}: program not found`, {
    cause,
    hint: `install it, e.g.: apt-get install ${file.split('/').pop()}`,
  });
}
