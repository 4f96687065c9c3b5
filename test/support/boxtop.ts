/** Runs the built program as a user does, on a root of its own, and proves that nothing of it is left. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { expect } from 'vitest';
import { footprint, leftBehind } from './leaks.ts';
import { startScreen, type TestScreen } from './screen.ts';

export const BIN = resolve(import.meta.dirname, '../../bin/boxtop');

export interface Result {
  exitCode: number;
  stdout: string;
  stderr: string;
}

export interface RunOptions {
  stdin?: string;
  env?: Record<string, string>;
  timeoutMs?: number;
  cwd?: string;
}

export interface Boxtop {
  readonly root: string;
  /** A folder for the test's own files. */
  readonly work: string;
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

export function openBoxtop(name: string): Boxtop {
  const folder = mkdtempSync(join('/tmp', `boxtop-test-${name}-`));
  const root = join(folder, 'root');
  const work = join(folder, 'work');
  mkdirSync(work);
  const before = footprint(folder);
  // No CI variable: Ink draws nothing until its end when it is set.
  const env = {
    ...process.env,
    DOCKER_CONFIG: join(work, 'docker'),
    BOXTOP_CONFIG: join(work, 'daemon.json'),
    CI: undefined,
  };
  const screens = new Set<TestScreen>();
  const run: Boxtop['run'] = (args, options = {}) => runProgram(['--root', root, ...args], env, options);
  const ok = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await run(args);
    if (exitCode !== 0) throw new Error(`boxtop ${args.join(' ')}: exit ${exitCode}\n${stdout}${stderr}`);
    return stdout.trim();
  };
  return {
    root,
    work,
    run,
    ok,
    terminal(args, options = {}) {
      const { CI: _ci, ...plain } = env as Record<string, string>;
      const screen = startScreen({
        file: BIN,
        args: ['--root', root, ...args],
        ...options,
        env: { ...plain, CI: '', ...options.env },
      });
      screens.add(screen);
      return screen;
    },
    async dispose() {
      for (const screen of screens) await screen.close();
      const ids = (await ok('ps', '-aq')).split('\n').filter(Boolean);
      if (ids.length > 0) await ok('rm', '-f', '-v', ...ids);
      rmSync(folder, { recursive: true, force: true });
      expect(leftBehind(folder, before), 'left behind').toEqual([]);
    },
  };
}

function runProgram(args: string[], env: NodeJS.ProcessEnv, options: RunOptions): Promise<Result> {
  return new Promise((done, reject) => {
    const child = spawn(BIN, args, {
      env: { ...env, ...options.env },
      cwd: options.cwd,
      stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    const timer = setTimeout(() => child.kill('SIGKILL'), options.timeoutMs ?? TIMEOUT_MS);
    child.on('error', reject);
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      if (code === null)
        reject(new Error(`boxtop ${args.join(' ')}: ${signal} (time-out?)\n${stdout}${stderr}`));
      else done({ exitCode: code, stdout, stderr });
    });
    child.stdin?.end(options.stdin);
  });
}
