/** Files of a build's command line that are no ordinary ones. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { writeContext } from '../support/contexts.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('boxtop build with odd files', () => {
  const boxtop = sharedBoxtop('odd', { changes: [] });

  const context = (files: Record<string, string>) => writeContext(boxtop.work, files);

  it('says in Docker’s words why --iidfile can’t be written: before it builds what is in the way, else the image stays', async () => {
    const folder = context({ Dockerfile: 'FROM scratch\nENV A=1\n' });
    const place = context({ file: 'x', 'full/x': 'x', 'empty/x': 'x' });
    rmSync(join(place, 'empty/x'));
    const tried = async (iidfile: string) => {
      const { stderr, exitCode } = await boxtop.run([
        'build',
        '-q',
        '-t',
        'iid',
        '--iidfile',
        iidfile,
        folder,
      ]);
      const isThere = (await boxtop.run(['rmi', 'iid'])).exitCode === 0;
      return [stderr.replaceAll(place, ''), exitCode, isThere];
    };
    const removing = 'ERROR: removing image ID file: remove';
    const writing = 'ERROR: cannot write image ID file: open';
    expect(await tried(join(place, 'full'))).toEqual([`${removing} /full: directory not empty\n`, 1, false]);
    expect(await tried(join(place, 'file/x'))).toEqual([`${removing} /file/x: not a directory\n`, 1, false]);
    expect(await tried(join(place, 'no/x'))).toEqual([
      `${writing} /no/x: no such file or directory\n`,
      1,
      true,
    ]);
    expect(await tried('/sys/iid')).toEqual([`${writing} /sys/iid: permission denied\n`, 1, true]);
    expect(await tried('')).toEqual(['', 0, true]);
    expect(await tried(join(place, 'empty'))).toEqual(['', 0, true]);
    expect(readFileSync(join(place, 'empty'), 'utf8')).toMatch(/^sha256:[0-9a-f]{64}$/);
    // as /dev/stdout, which Docker removes
    const link = `/dev/boxtop-iid-${process.pid}`;
    symlinkSync(join(place, 'written'), link);
    try {
      expect(await tried(link)).toEqual(['', 0, true]);
      expect(readFileSync(join(place, 'written'), 'utf8')).toMatch(/^sha256:/);
    } finally {
      rmSync(link);
    }
  });

  /** Whether a process holds a file open: one that waits in open(2) does not. */
  const hasOpen = (pid: number, file: string) =>
    readdirSync(`/proc/${pid}/fd`).some((fd) => linkOf(`/proc/${pid}/fd/${fd}`) === file);
  const linkOf = (path: string) => {
    try {
      return readlinkSync(path);
    } catch {
      return ''; // closed meanwhile
    }
  };

  it.each(['Dockerfile', '.dockerignore'])(
    'is ended by Ctrl-C while nobody writes into a %s',
    async (name) => {
      const folder = context({ Dockerfile: 'FROM scratch\nENV A=1\n' });
      const pipe = join(folder, name);
      rmSync(pipe, { force: true });
      spawnSync('mkfifo', [pipe]);
      const building = boxtop.start(['build', '--progress=plain', folder]);
      try {
        await vi.waitUntil(() => hasOpen(building.pid, pipe), { timeout: 60_000 });
        building.kill('SIGINT');
        expect(await building.ended).toMatchObject({
          exitCode: 130,
          stderr: expect.stringMatching(/\nERROR: failed to solve: Canceled: context canceled\n$/),
        });
      } finally {
        building.kill('SIGKILL');
      }
    },
  );

  it('waits for all that is written into a pipe, up to 1 MiB, as of a device', async () => {
    const folder = context({ f: 'x' });
    const slow = `(echo FROM scratch; sleep 0.2; echo ENV A=later) | exec "$0" "$@"`;
    const wrapper = ['sh', '-c', slow];
    const built = await boxtop.run(['build', '-t', 'slow', '-f', '/dev/stdin', folder], { wrapper });
    expect(built).toMatchObject({ exitCode: 0 });
    expect(await boxtop.ok('inspect', '-f', '{{json .Config.Env}}', 'slow')).toContain('A=later');
    const endless = await boxtop.run(['build', '-f', '/dev/stdin', folder], {
      wrapper: ['sh', '-c', 'yes | exec "$0" "$@"'],
    });
    const zero = await boxtop.run(['build', '-f', '/dev/zero', folder]);
    expect(endless.stderr).toContain('ERROR: failed to solve: /dev/stdin is larger than 1 MiB\n');
    expect(zero.stderr).toContain('ERROR: failed to solve: /dev/zero is larger than 1 MiB\n');
    expect([endless.exitCode, zero.exitCode]).toEqual([1, 1]);
  });
});
