/** Plays demo.tape with an empty store and a registry of its own, and takes both away afterwards. */
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join, resolve } from 'node:path';
import { startRegistry } from './registry.ts';
import { type PlayOptions, type PlayResult, playTape } from './tape.ts';

export const DEMO_TAPE = resolve(import.meta.dirname, '../../demo.tape');
const BIN = resolve(import.meta.dirname, '../../bin');

export interface DemoOptions extends Pick<PlayOptions, 'speed' | 'outFolder' | 'hasSvg' | 'onOutput'> {
  /** a tape other than demo.tape */
  file?: string;
  /** runs with the store still there */
  inspect?: (environment: { env: Record<string, string>; registry: string }) => Promise<void>;
}

export async function playDemo({
  file = DEMO_TAPE,
  inspect,
  ...options
}: DemoOptions = {}): Promise<PlayResult> {
  const folder = mkdtempSync(join(tmpdir(), 'boxtop-demo-'));
  const env = {
    BOXTOP_ROOT: join(folder, 'root'),
    BOXTOP_RUNROOT: join(folder, 'run'),
    BOXTOP_CONFIG: join(folder, 'daemon.json'),
    DOCKER_CONFIG: join(folder, 'docker'),
    PATH: `${BIN}${delimiter}${process.env['PATH']}`,
    // Ink draws nothing until its end when it is set.
    CI: '',
  };
  mkdirSync(env.DOCKER_CONFIG);
  writeFileSync(env.BOXTOP_CONFIG, '{}');
  const registry = await startRegistry();
  try {
    const result = await playTape(file, { ...options, env, replace: { 'localhost:5000': registry.host } });
    await inspect?.({ env, registry: registry.host });
    return result;
  } finally {
    await registry.stop();
    removeContainers({ ...process.env, ...env });
    // A monitor's last command may be writing still.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 100 });
  }
}

function removeContainers(env: NodeJS.ProcessEnv): void {
  const boxtop = (...args: string[]) => execFileSync(join(BIN, 'boxtop'), args, { env, encoding: 'utf8' });
  const ids = boxtop('ps', '-aq').split('\n').filter(Boolean);
  if (ids.length > 0) boxtop('rm', '-f', '-v', ...ids);
}
