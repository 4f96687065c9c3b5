/** Runs the built program as a user does, on a root of its own, and proves that nothing of it is left. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { busyboxTar, type TarEntry } from './images.ts';
import { footprint, removeWhole } from './leaks.ts';
import { startScreen, type TestScreen } from './screen.ts';
import { shared } from './shared.ts';

/** BOXTOP_BIN tests another build, such as an installed one. */
export const BIN = process.env['BOXTOP_BIN'] ?? resolve(import.meta.dirname, '../../bin/boxtop');

export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
}

/** A command under way. */
export interface Running {
  readonly pid: number;
  /** undefined unless asked for with `stdin: 'open'` */
  readonly stdin: Writable | null;
  kill(signal: NodeJS.Signals): void;
  /** Resolves once the output so far matches; rejects when the command ends before. */
  said(pattern: RegExp): Promise<void>;
  /** `exitCode` is 128 + its number when a signal ended it, as a shell has it. */
  readonly ended: Promise<Result>;
}

export interface RunOptions {
  /** text, or 'open' for a pipe that stays open */
  stdin?: string;
  /** program and arguments that run boxtop: 'setpriv', '--reuid', … */
  wrapper?: readonly string[];
  env?: Record<string, string>;
  timeoutMs?: number;
  cwd?: string;
}

export interface Boxtop {
  readonly root: string;
  /** A folder for the test's own files. */
  readonly work: string;
  /** Starts a command. */
  start(args: readonly string[], options?: RunOptions): Running;
  /** Runs a command to its end. */
  run(args: readonly string[], options?: RunOptions): Promise<Result>;
  /** Runs a command that must succeed; returns its trimmed standard output. */
  ok(...args: string[]): Promise<string>;
  /** Runs a command, or the screen when `args` is empty, in a pseudo-terminal. */
  terminal(
    args: readonly string[],
    options?: { cols?: number; rows?: number; env?: Record<string, string> },
  ): TestScreen;
  /** Removes all containers and the root, and fails when anything is left on the machine. */
  dispose(): Promise<void>;
}

const TIMEOUT_MS = 60_000;

export interface BusyboxOptions {
  /** default 'busybox' */
  reference?: string;
  /** default ['CMD ["sh"]'] */
  changes?: readonly string[];
  extra?: readonly TarEntry[];
}

/** Imports the image busybox (the file busybox.tar in its work folder) and returns its id. */
export async function addBusybox(boxtop: Boxtop, options: BusyboxOptions = {}): Promise<string> {
  const { reference = 'busybox', changes = ['CMD ["sh"]'], extra } = options;
  const file = join(boxtop.work, 'busybox.tar');
  writeFileSync(file, busyboxTar(extra));
  return await boxtop.ok('import', ...changes.flatMap((change) => ['-c', change]), file, reference);
}

/** One for all tests of a describe, with the image busybox unless that is 'empty'. */
export function sharedBoxtop(name: string, busybox: BusyboxOptions | 'empty' = {}): Boxtop {
  const open = async () => {
    const boxtop = openBoxtop(name);
    if (busybox !== 'empty') await addBusybox(boxtop, busybox);
    return boxtop;
  };
  return shared(open, (boxtop) => boxtop.dispose());
}

export function openBoxtop(name: string): Boxtop {
  const folder = mkdtempSync(join('/tmp', `boxtop-test-${name}-`));
  const root = join(folder, 'root');
  const work = join(folder, 'work');
  mkdirSync(work);
  const before = footprint(folder);
  // No CI variable: Ink draws nothing until its end when it is set.
  const env: NodeJS.ProcessEnv = {
    ...process.env,
    DOCKER_CONFIG: join(work, 'docker'),
    BOXTOP_CONFIG: join(work, 'daemon.json'),
    CI: undefined,
  };
  const screens = new Set<TestScreen>();
  const start: Boxtop['start'] = (args, options = {}) =>
    startProgram(['--root', root, ...args], env, options);
  const run: Boxtop['run'] = (args, options) => start(args, options).ended;
  const ok = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(args);
    if (exitCode !== 0) throw new Error(`boxtop ${args.join(' ')}: exit ${exitCode}\n${stdout}${stderr}`);
    return stdout.trim();
  };
  return {
    root,
    work,
    start,
    run,
    ok,
    terminal(args, options = {}) {
      const { CI: _ci, ...plain } = env;
      const screen = startScreen({
        file: BIN,
        args: ['--root', root, ...args],
        ...options,
        env: { ...(plain as Record<string, string>), CI: '', ...options.env },
      });
      screens.add(screen);
      return screen;
    },
    async dispose() {
      for (const screen of screens) await screen.close();
      const ids = (await ok('ps', '-aq')).split('\n').filter(Boolean);
      if (ids.length > 0) await ok('rm', '-f', '-v', ...ids);
      await removeWhole(folder, before);
    },
  };
}

function startProgram(args: string[], env: NodeJS.ProcessEnv, options: RunOptions): Running {
  const [file, ...words] = [...(options.wrapper ?? []), BIN, ...args];
  const child = spawn(file!, words, {
    env: { ...env, ...options.env },
    cwd: options.cwd,
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
  });
  const output = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const) {
    child[stream]!.setEncoding('utf8').on('data', (text: string) => {
      output[stream] += text;
    });
  }
  const command = `boxtop ${args.join(' ')}`;
  let isLate = false;
  const timer = setTimeout(() => {
    isLate = true;
    child.kill('SIGKILL');
  }, options.timeoutMs ?? TIMEOUT_MS);
  const ended = new Promise<Result>((done, reject) => {
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (isLate) reject(new Error(`${command}: time-out\n${output.stdout}${output.stderr}`));
      else done({ exitCode: code ?? 128 + constants.signals[signal!], ...output });
    });
  });
  child.stdin?.on('error', () => {}); // it may end without reading all
  if (options.stdin !== 'open') child.stdin?.end(options.stdin);
  const said = (pattern: RegExp) =>
    new Promise<void>((resolve, reject) => {
      const streams = [child.stdout!, child.stderr!];
      const check = () => {
        if (!pattern.test(output.stdout + output.stderr)) return;
        for (const stream of streams) stream.off('data', check);
        resolve();
      };
      for (const stream of streams) stream.on('data', check);
      child.on('close', () => reject(new Error(`${command}: never said ${pattern}\n${output.stderr}`)));
      check();
    });
  return { pid: child.pid!, stdin: child.stdin, kill: (signal) => child.kill(signal), said, ended };
}
