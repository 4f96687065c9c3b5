/** The programs that are compared: boxtop with a root of its own, and docker and podman when they are installed. */
import { type ChildProcess, spawn } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { removeDockerNetwork } from './docker-rules.ts';
import { run } from './measure.ts';
import { removeAll } from './objects.ts';

export interface EngineUnderTest {
  name: 'boxtop' | 'docker' | 'podman';
  version: string;
  /** argv prefix */
  cli: string[];
  /** flags that `run` needs on this machine */
  runFlags: string[];
  stop(): Promise<void>;
}

const BIN = resolve(import.meta.dirname, '../bin/boxtop');

/** Starts what is there; says what is not. */
export async function openEngines(say: (line: string) => void): Promise<EngineUnderTest[]> {
  const work = mkdtempSync(join(tmpdir(), 'boxtop-bench-'));
  const engines = [await openBoxtop(work)];
  for (const open of [openDocker, openPodman]) {
    const engine = await open(work, say);
    if (engine !== undefined) engines.push(engine);
  }
  return engines;
}

async function openBoxtop(work: string): Promise<EngineUnderTest> {
  const root = join(work, 'boxtop');
  const cli = [BIN, '--root', root];
  const version = (await run([BIN, '--version'])).trim().split(' ').pop()!;
  const engine: EngineUnderTest = { name: 'boxtop', version, cli, runFlags: [], stop: async () => {} };
  engine.stop = async () => {
    await removeAll(engine);
    rmSync(work, { recursive: true, force: true });
  };
  return engine;
}

async function openDocker(work: string, say: (line: string) => void): Promise<EngineUnderTest | undefined> {
  const daemon = ['/usr/sbin/dockerd', '/usr/bin/dockerd'].find((file) => existsSync(file));
  if (daemon === undefined) {
    say('docker: not on this machine, skipped (apt-get install docker.io)');
    return undefined;
  }
  const folder = join(work, 'docker');
  mkdirSync(folder);
  const socket = `unix://${folder}/s`;
  const child = spawn(
    daemon,
    [
      '--data-root',
      `${folder}/data`,
      '--exec-root',
      `${folder}/exec`,
      '-p',
      `${folder}/pid`,
      '-H',
      socket,
      '--bip',
      '172.29.77.1/24',
    ],
    { stdio: 'ignore' },
  );
  // the client that came with the daemon: a newer one needs a plugin to build with BuildKit
  const client = existsSync('/usr/bin/docker') ? '/usr/bin/docker' : 'docker';
  const cli = [client, '-H', socket];
  const version = await ready([...cli, 'version', '--format', '{{.Server.Version}}']);
  return { name: 'docker', version, cli, runFlags: [], stop: () => stopDaemon(child) };
}

async function stopDaemon(child: ChildProcess): Promise<void> {
  child.kill('SIGTERM');
  await new Promise((done) => child.once('exit', done));
  await removeDockerNetwork();
}

async function ready(argv: string[]): Promise<string> {
  for (let tries = 0; ; tries += 1) {
    try {
      return (await run(argv)).trim();
    } catch (error) {
      if (tries > 100) throw error;
      await sleep(200);
    }
  }
}

async function openPodman(work: string, say: (line: string) => void): Promise<EngineUnderTest | undefined> {
  if (!existsSync('/usr/bin/podman')) {
    say('podman: not on this machine, skipped (apt-get install podman)');
    return undefined;
  }
  const folder = join(work, 'podman');
  const cli = [
    'podman',
    '--root',
    `${folder}/root`,
    '--runroot',
    `${folder}/run`,
    '--runtime',
    'runc',
    '--cgroup-manager',
    'cgroupfs',
  ];
  const version = (await run(['podman', '--version'])).trim().split(' ').pop()!;
  const runFlags = ['--ulimit', 'nofile=20000:20000', '--ulimit', 'nproc=4096:4096'];
  const stop = async () => void (await run([...cli, 'rm', '-fa', '-t', '0']).catch(() => {}));
  return { name: 'podman', version, cli, runFlags, stop };
}
