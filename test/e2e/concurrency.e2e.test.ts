/** Many processes at one store: nothing lost, nothing twice, nothing left, also when they are killed in the midst of it. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

const NONE = ['--network', 'none'];
const SLEEP = ['busybox', 'sleep', '1000'];
/** What a container that others change at the same time may answer. */
const FAIR =
  /No such (container|object|exec instance)|is not running|is already in use|already paused|not paused|paused container|is paused|stopped container|cannot remove a running|did not match|^$/;

describe.skipIf(!canRunContainers)('many processes at once', () => {
  const boxtop = sharedBoxtop('concurrency');
  const lines = async (...args: string[]) => (await boxtop.ok(...args)).split('\n').filter(Boolean);
  const removeAll = async () => {
    const ids = await lines('ps', '-aq');
    if (ids.length > 0) await boxtop.ok('rm', '-f', ...ids);
  };
  /** Folders of containers that the store has no record of. */
  const strays = () =>
    ['containers', 'run/containers', 'run/exits', 'layers/areas', 'layers/trash'].flatMap((folder) => {
      try {
        return readdirSync(join(boxtop.root, folder)).map((name) => `${folder}/${name}`);
      } catch {
        return []; // never made
      }
    });

  afterEach(removeAll);

  it('start, run and remove a hundred containers: each is there once, or gone', async () => {
    const kept: string[] = [];
    const worker = async (number: number) => {
      for (let round = 0; round < 12; round += 1) {
        const kind = (number + round) % 3;
        if (kind === 0)
          expect(await boxtop.ok('run', '--rm', ...NONE, 'busybox', 'echo', `${number}.${round}`)).toBe(
            `${number}.${round}`,
          );
        else {
          const id = await boxtop.ok('run', '-d', ...NONE, ...SLEEP);
          if (kind === 1) kept.push(id);
          else await boxtop.ok('rm', '-f', id);
        }
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, number) => worker(number)));
    expect(kept.length).toBe(32);
    expect((await lines('ps', '-q', '--no-trunc')).sort()).toEqual(kept.sort());
    const names = await lines('ps', '-a', '--format', '{{.Names}}');
    expect(new Set(names).size).toBe(32);
    await removeAll();
    expect(strays()).toEqual([]);
  });

  it('have addresses and ports of their own on a bridge', async () => {
    const flags = ['-d', '-P', '--expose', '80', '-p', '127.0.0.1::81'];
    await Promise.all(
      Array.from({ length: 4 }, async () => {
        for (let round = 0; round < 3; round += 1) {
          await boxtop.ok('run', ...flags, ...SLEEP);
          await boxtop.ok('run', '--rm', 'busybox', 'true');
        }
      }),
    );
    const format = '{{.NetworkSettings.IPAddress}} {{json .NetworkSettings.Ports}}';
    const shown = await lines('inspect', '-f', format, ...(await lines('ps', '-q')));
    const ports = shown.flatMap((line) => [...line.matchAll(/"HostPort":"(\d+)"/g)].map(([, port]) => port));
    expect(new Set(shown.map((line) => line.split(' ')[0])).size).toBe(12);
    expect([ports.length, new Set(ports).size]).toEqual([24, 24]);
  });

  it('remove, stop and start the same container, and one of them has its way', async () => {
    for (let round = 0; round < 3; round += 1) {
      await boxtop.ok('run', '-d', ...NONE, '--name', 'same', ...SLEEP);
      const verbs = [
        ['stop', '-t', '0'],
        ['start'],
        ['restart', '-t', '0'],
        ['rm', '-f'],
        ['rm', '-f'],
        ['rm', '-f'],
      ];
      const results = await Promise.all(verbs.map((words) => boxtop.run([...words, 'same'])));
      for (const { stderr } of results) expect(stderr).toMatch(FAIR);
      expect(results.slice(3).some(({ exitCode }) => exitCode === 0)).toBe(true);
      expect(await lines('ps', '-aq')).toEqual([]);
    }
    expect(strays()).toEqual([]);
  });

  it('get at a container while another one stops it', async () => {
    await boxtop.ok(
      'run',
      '-d',
      ...NONE,
      '--name',
      'slow',
      'busybox',
      'sh',
      '-c',
      'trap "" TERM; sleep 1000',
    );
    const stopping = boxtop.start(['stop', '-t', '600', 'slow']);
    const kills = () => boxtop.ok('events', '--since', '1h', '--until', '0s', '-f', 'event=kill');
    await expect.poll(kills).toContain('slow');
    await boxtop.ok('pause', 'slow');
    expect(await boxtop.ok('inspect', '-f', '{{.State.Status}}', 'slow')).toBe('paused');
    await boxtop.ok('unpause', 'slow');
    expect(await boxtop.ok('exec', 'slow', 'echo', 'alive')).toBe('alive');
    await boxtop.ok('rename', 'slow', 'slower');
    await boxtop.ok('kill', 'slower');
    expect(await stopping.ended).toMatchObject({ exitCode: 0, stdout: 'slow\n' });
    expect(await boxtop.ok('inspect', '-f', '{{.State.ExitCode}}', 'slower')).toBe('137');
  });

  it('killed anywhere leave nothing that ps and rm -f do not set right', async () => {
    let seed = 7;
    const random = (below: number) => {
      seed = (seed * 1_103_515_245 + 12_345) & 0x7fffffff;
      return Math.floor((seed / 0x80000000) * below);
    };
    const names = ['one', 'two', 'three'];
    const command = (name: string): string[] => {
      const all: string[][] = [
        ['run', '-d', ...NONE, '--name', name, ...SLEEP],
        ['run', '-d', '--rm', ...NONE, '--name', name, ...SLEEP],
        ['run', '--rm', ...NONE, 'busybox', 'true'],
        ['run', '--rm', 'busybox', 'true'],
        ['start', name],
        ['restart', '-t', '0', name],
        ['stop', '-t', '0', name],
        ['pause', name],
        ['unpause', name],
        ['exec', name, 'true'],
        ['rm', '-f', name],
      ];
      return all[random(all.length)]!;
    };
    const worker = async () => {
      for (let round = 0; round < 14; round += 1) {
        const running = boxtop.start(command(names[random(names.length)]!));
        const timer = random(2) === 0 ? setTimeout(() => running.kill('SIGKILL'), random(350)) : undefined;
        const { exitCode, stderr } = await running.ended;
        clearTimeout(timer);
        if (exitCode !== 137) expect(stderr).toMatch(FAIR);
      }
    };
    await Promise.all(Array.from({ length: 6 }, worker));
    expect((await boxtop.run(['ps', '-a'])).exitCode).toBe(0);
    await removeAll();
    expect(await lines('ps', '-aq')).toEqual([]);
    await boxtop.ok('container', 'prune', '-f');
    expect(strays()).toEqual([]);
  });
});
