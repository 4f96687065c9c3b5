/** Ctrl-C, SIGKILL and closed pipes in the middle of things: the store stays whole, and the next command goes on. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { BIN, type Running, sharedBoxtop } from '../support/boxtop.ts';
import { busyboxTar } from '../support/images.ts';
import { changesNothing } from '../support/refusal.ts';
import { sharedRegistry } from '../support/registry.ts';
import { startProxy } from '../support/registry-proxy.ts';
import { canRunContainers } from '../support/requirements.ts';
import { shared } from '../support/shared.ts';

const NONE = ['--network', 'none'];
const INTERRUPTED = 130;
const KILLED = 137;

describe.skipIf(!canRunContainers)('a command that is cut short', () => {
  const boxtop = sharedBoxtop('interrupts', {
    reference: 'bb:1',
    changes: ['CMD ["sh"]', 'ENV PATH=/bin'],
  });
  const registry = sharedRegistry();
  const proxy = shared(
    () => startProxy(registry.host),
    (it) => it.stop(),
  );
  let remote: string;

  beforeAll(async () => {
    remote = `${proxy.host}/app:1`;
    const id = await boxtop.ok('create', ...NONE, 'bb:1', 'sh');
    writeFileSync(join(boxtop.work, 'more'), Buffer.alloc(300_000, 'more'));
    await boxtop.ok('cp', join(boxtop.work, 'more'), `${id}:/more`);
    await boxtop.ok('commit', id, remote);
    await boxtop.ok('rm', id);
    await boxtop.ok('push', remote);
    await boxtop.ok('rmi', remote);
  });

  afterEach(() => {
    proxy.rewrite = undefined;
  });

  /** Every layer stops half-way, and the connection stays open. */
  function stall(): Promise<void> {
    return new Promise((reached) => {
      proxy.rewrite = (upstream, response, request) => {
        if (request.method !== 'GET' || !request.url?.includes('/blobs/')) return false;
        if (upstream.headers['content-type'] === 'application/json') return false;
        const size = Number(upstream.headers['content-length']);
        if (size < 200) return false;
        response.writeHead(upstream.statusCode ?? 200, upstream.headers);
        upstream.once('data', (chunk: Buffer) => response.write(chunk.subarray(0, 100), () => reached()));
        return true;
      };
    });
  }

  async function endsWith(running: Running, exitCode: number): Promise<void> {
    const result = await running.ended;
    expect(result.stderr).not.toMatch(/^\s+at /m);
    expect(result.exitCode, result.stderr).toBe(exitCode);
  }

  it.each(['SIGINT', 'SIGKILL'] as const)(
    'ends a pull with %s, which the next pull takes up',
    async (signal) => {
      await changesNothing(boxtop, async () => {
        const stalled = stall();
        const pull = boxtop.start(['pull', remote]);
        await stalled;
        pull.kill(signal);
        await endsWith(pull, signal === 'SIGINT' ? INTERRUPTED : KILLED);
        expect(await boxtop.ok('images', '-q', remote)).toBe('');
        proxy.rewrite = undefined;
        await boxtop.ok('pull', remote);
        await boxtop.ok('run', '--rm', ...NONE, remote, 'test', '-s', '/more');
        await boxtop.ok('rmi', remote);
      });
    },
  );

  it('ends the pull of a run', () =>
    changesNothing(boxtop, async () => {
      const stalled = stall();
      const run = boxtop.start(['run', '--rm', ...NONE, remote, 'true']);
      await stalled;
      run.kill('SIGINT');
      await endsWith(run, INTERRUPTED);
      proxy.rewrite = undefined;
      await boxtop.ok('pull', remote);
      await boxtop.ok('rmi', remote);
    }));

  it.each(['SIGINT', 'SIGKILL'] as const)('ends an import with %s', (signal) =>
    changesNothing(boxtop, async () => {
      const running = boxtop.start(['import', '-', 'half:1'], { stdin: 'open' });
      const tar = busyboxTar();
      running.stdin!.write(tar.subarray(0, tar.length / 2));
      await sleep(150);
      running.kill(signal);
      await endsWith(running, signal === 'SIGINT' ? INTERRUPTED : KILLED);
      // Whatever the killed one had begun is swept by who comes next.
      await boxtop.ok('import', join(boxtop.work, 'busybox.tar'), 'whole:1');
      await boxtop.ok('rmi', 'whole:1');
    }),
  );

  it('ends a commit at any moment: the image is there as a whole, or not at all', async () => {
    const script = 'dd if=/dev/urandom of=/file bs=1M count=30 2>/dev/null';
    await boxtop.ok('run', '--name', 'large', ...NONE, 'bb:1', 'sh', '-c', script);
    await changesNothing(boxtop, async () => {
      for (const [delayMs, signal] of [
        [40, 'SIGINT'],
        [90, 'SIGINT'],
        [150, 'SIGINT'],
        [90, 'SIGKILL'],
      ] as const) {
        const commit = boxtop.start(['commit', 'large', 'large:1']);
        await sleep(delayMs);
        commit.kill(signal);
        const { exitCode } = await commit.ended;
        expect([0, signal === 'SIGINT' ? INTERRUPTED : KILLED]).toContain(exitCode);
        const isThere = (await boxtop.ok('images', '-q', 'large:1')) !== '';
        if (exitCode === 0) expect(isThere).toBe(true);
        if (isThere) {
          await boxtop.ok('run', '--rm', ...NONE, 'large:1', 'test', '-s', '/file');
          await boxtop.ok('rmi', 'large:1');
        }
      }
      await boxtop.ok('commit', 'large', 'large:2');
      await boxtop.ok('rmi', 'large:2');
    });
    await boxtop.ok('rm', 'large');
  });

  it('passes Ctrl-C on to the program of an attached run, and ends with its status', () =>
    changesNothing(boxtop, async () => {
      const script = "trap 'exit 7' INT; echo ready; while :; do sleep 0.05; done";
      const run = boxtop.start(['run', '--rm', ...NONE, 'bb:1', 'sh', '-c', script]);
      await run.said(/ready/);
      run.kill('SIGINT');
      await endsWith(run, 7);
    }));

  it('loses no container when boxtop is killed at any moment of a run', () =>
    changesNothing(boxtop, async () => {
      for (const delayMs of [30, 50, 70, 90, 120]) {
        const run = boxtop.start(['run', '-d', '--name', `k${delayMs}`, ...NONE, 'bb:1', 'sleep', '1000']);
        await sleep(delayMs);
        run.kill('SIGKILL');
        await run.ended;
      }
      // A container is there or not; what is there can be started, and removed.
      const names = (await boxtop.ok('ps', '-a', '--filter', 'name=^k', '--format', '{{.Names}}'))
        .split('\n')
        .filter(Boolean);
      for (const name of names) {
        const state = await boxtop.ok('inspect', '--format', '{{.State.Status}}', name);
        if (state !== 'running') await boxtop.ok('start', name);
        expect(await boxtop.ok('exec', name, 'echo', 'alive')).toBe('alive');
      }
      if (names.length > 0) await boxtop.ok('rm', '-f', ...names);
      await boxtop.ok('run', '--rm', ...NONE, 'bb:1', 'true');
    }));

  it('leaves the container running when an attached run is killed', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.05; done';
    const run = boxtop.start(['run', '--name', 'orphan', ...NONE, 'bb:1', 'sh', '-c', script]);
    await run.said(/tick 2\n/);
    run.kill('SIGKILL');
    await endsWith(run, KILLED);
    const logs = boxtop.start(['logs', '-f', 'orphan']);
    await logs.said(/tick 20\n/);
    logs.kill('SIGINT');
    await endsWith(logs, INTERRUPTED);
    await boxtop.ok('rm', '-f', 'orphan');
  });

  it('ends quietly when nobody reads its output any more', async () => {
    await boxtop.ok('run', '--name', 'loud', ...NONE, 'bb:1', 'sh', '-c', 'yes | head -c 3000000');
    for (const args of [
      'logs loud',
      'logs -f loud',
      'inspect loud',
      'ps -a',
      'events --since 1 --until 0s',
    ]) {
      const line = `{ ${BIN} --root ${boxtop.root} ${args}; echo "status $?" >&2; } | head -n 1`;
      const said = execFileSync('sh', ['-c', `${line} 2>&1`], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      expect(said.split('\n').length, args).toBeLessThanOrEqual(2);
    }
    const quiet = `${BIN} --root ${boxtop.root} logs loud 2>&1 >/dev/full`;
    expect(execFileSync('sh', ['-c', `${quiet}; true`], { encoding: 'utf8' })).toMatch(
      /^[^\n]*no space left[^\n]*\n(Hint: .*\n)?$/i,
    );
    await boxtop.ok('rm', 'loud');
  });
});
