/** The real docker-registry on a free loopback port: open, with passwords, or behind a token server. */
import { type ChildProcess, execFileSync, spawn } from 'node:child_process';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TokenServer } from './registry-token.ts';
import { shared } from './shared.ts';

const PROGRAM = '/usr/bin/docker-registry';
const START_TIMEOUT_MS = 60_000;
/** A free port may be taken by somebody else before it is listened to. */
const MAX_TRIES = 3;

export const hasRegistry = existsSync(PROGRAM);

export interface Registry {
  /** '127.0.0.1:PORT' */
  host: string;
  folder: string;
  stop(): Promise<void>;
}

export interface RegistryOptions {
  /** a free one when absent */
  port?: number;
  users?: Record<string, string>;
  tokenServer?: TokenServer;
}

/** One for all tests of a describe. */
export const sharedRegistry = (options?: RegistryOptions): Registry =>
  shared(
    () => startRegistry(options),
    (registry) => registry.stop(),
  );

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createTcpServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address !== null ? address.port : 0));
    });
  });
}

export async function startRegistry(options: RegistryOptions = {}): Promise<Registry> {
  for (let tries = 1; ; tries += 1) {
    try {
      return await startOnce(options);
    } catch (error) {
      const isTaken = String(error).includes('address already in use');
      if (options.port !== undefined || !isTaken || tries === MAX_TRIES) throw error;
    }
  }
}

async function startOnce(options: RegistryOptions): Promise<Registry> {
  const folder = mkdtempSync(join(tmpdir(), 'boxtop-registry-'));
  const host = `127.0.0.1:${options.port ?? (await freePort())}`;
  writeFileSync(join(folder, 'config.yml'), configuration(folder, host, options));
  const child = spawn(PROGRAM, ['serve', join(folder, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let said = '';
  child.stderr.on('data', (data: Buffer) => {
    said = (said + data).slice(-4000);
  });
  const ended = new Promise<void>((resolve) => child.on('close', () => resolve()));
  const stop = async () => {
    child.kill('SIGKILL');
    await ended;
    rmSync(folder, { recursive: true, force: true });
  };
  try {
    await answering(host, child);
  } catch (error) {
    await stop();
    throw new Error(`docker-registry did not start: ${said}`, { cause: error });
  }
  return { host, folder, stop };
}

async function answering(host: string, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (child.exitCode === null) {
    try {
      await fetch(`http://${host}/v2/`);
      return;
    } catch (error) {
      if (Date.now() > deadline) throw error;
      await sleep(20);
    }
  }
  throw new Error(`exit status ${child.exitCode}`);
}

function configuration(folder: string, host: string, { users, tokenServer }: RegistryOptions): string {
  const lines = [
    'version: 0.1',
    'log: {level: error, accesslog: {disabled: true}}',
    `storage: {filesystem: {rootdirectory: ${join(folder, 'data')}}, delete: {enabled: true}}`,
    `http: {addr: "${host}", secret: test}`,
  ];
  if (users !== undefined) {
    writeFileSync(join(folder, 'htpasswd'), passwords(users));
    lines.push(`auth: {htpasswd: {realm: test, path: ${join(folder, 'htpasswd')}}}`);
  }
  if (tokenServer !== undefined) {
    const { realm, service, issuer, certificateFile } = tokenServer;
    lines.push(
      `auth: {token: {realm: "${realm}", service: "${service}", issuer: "${issuer}", rootcertbundle: ${certificateFile}}}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function passwords(users: Record<string, string>): string {
  return Object.entries(users)
    .map(([name, password]) =>
      execFileSync('htpasswd', ['-Bbn', '-C', '4', name, password], { encoding: 'utf8' }).trim(),
    )
    .join('\n');
}
