import { copyFileSync, existsSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { processesNaming } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';
import { until } from '../support/store.ts';

describe.skipIf(!canRunContainers)('what goes on without its caller', () => {
  const boxtop = sharedBoxtop('left-running');
  const isWatched = () => existsSync(join(boxtop.root, 'run', 'logs', 'pid'));
  /** A shell holds the command's output in further descriptors, far above those that Node knows of. */
  const holding = { wrapper: ['bash', '-c', 'exec "$@" 40>&1 77>&2', 'bash'] };

  it('keeps no file of its caller open: monitor, health check, watcher, exec', async () => {
    const flags = ['--network', 'none', '--health-cmd', 'true', '--restart', 'always'];
    // ends when everybody has let go of its output
    const started = await boxtop.run(
      ['run', '-d', '--name', 'back', ...flags, 'busybox', 'sleep', '1000'],
      holding,
    );
    expect(started.exitCode).toBe(0);
    await until(isWatched);
    expect((await boxtop.run(['exec', '-d', 'back', 'sleep', '1000'], holding)).exitCode).toBe(0);
    expect((await boxtop.run(['restart', '-t', '0', 'back'], holding)).exitCode).toBe(0);
    await boxtop.ok('rm', '-f', 'back');
  });

  it('goes on writing after its terminal was left, and is watched from then on', async () => {
    const left = async (name: string, isReady: () => boolean) => {
      const script = 'while [ ! -e /go ]; do sleep 0.1; done; seq 1 100000; touch /written; sleep 1000';
      const client = boxtop.terminal([
        'run',
        '-it',
        '--network',
        'none',
        '--name',
        name,
        'busybox',
        'sh',
        '-c',
        `echo up; ${script}`,
      ]);
      await client.waitFor(/up/);
      await until(async () => isReady());
      client.type('\x10\x11');
      expect(await client.exitCode).toBe(0);
      await until(isWatched);
      await boxtop.ok('exec', name, 'touch', '/go');
      await until(async () => (await boxtop.run(['exec', name, 'ls', '/written'])).exitCode === 0);
      await boxtop.ok('rm', '-f', name);
    };
    await left('at-once', () => true);
    await left('later', isWatched);
  });

  it('is ended with its container when the runtime hung and its caller was killed', async () => {
    const runtime = join(boxtop.work, 'runtime');
    const hanging = `#!/bin/sh\ntouch ${boxtop.work}/hangs\nsleep 1000\n`;
    copyFileSync(realpathSync('/usr/sbin/runc'), runtime);
    await boxtop.ok(
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      'up',
      '--runtime',
      runtime,
      'busybox',
      'sleep',
      '1000',
    );
    rmSync(runtime);
    writeFileSync(runtime, hanging, { mode: 0o755 });
    for (const signal of ['SIGINT', 'SIGKILL'] as const) {
      const exec = boxtop.start(['exec', 'up', 'true']);
      await until(() => existsSync(join(boxtop.work, 'hangs')));
      exec.kill(signal);
      expect((await exec.ended).exitCode).toBe(signal === 'SIGINT' ? 130 : 137);
      const isOurs = () => processesNaming(runtime).length > 1; // the container has a monitor of its own
      await expect.poll(isOurs).toBe(signal === 'SIGKILL');
      rmSync(join(boxtop.work, 'hangs'));
    }
    rmSync(runtime);
    await boxtop.ok('rm', '-f', 'up');
    await until(() => processesNaming(runtime).length === 0);
  });
});
