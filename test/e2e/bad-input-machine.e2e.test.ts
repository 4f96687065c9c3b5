/** A machine that does not play along: full or read-only disk, no permission, broken database, missing programs. */
import { execFileSync } from 'node:child_process';
import { chmodSync, mkdirSync, rmSync, statfsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { addBusybox, openBoxtop, sharedBoxtop } from '../support/boxtop.ts';
import { makeTar } from '../support/images.ts';
import { openCheckout } from '../support/open-checkout.ts';
import { changesNothing, errorLine, refused } from '../support/refusal.ts';
import { sharedRegistry } from '../support/registry.ts';
import { canRunContainers } from '../support/requirements.ts';

const WAIT = { timeout: 60_000, interval: 50 };
const MB = 1024 * 1024;
const NONE = ['--network', 'none'];
const NO_SPACE = /no space left on device/i;
const CHANGES = ['CMD ["sh"]', 'ENV PATH=/bin'];

describe.skipIf(!canRunContainers)('a full disk', () => {
  const boxtop = sharedBoxtop('full', 'empty');
  const registry = sharedRegistry();
  let big: string;

  beforeAll(async () => {
    big = `${registry.host}/big:1`;
    // Pushed from a store with room.
    const roomy = openBoxtop('roomy');
    const bytes = Buffer.alloc(30 * MB);
    for (let at = 0; at < bytes.length; at += 8) bytes.writeDoubleLE(Math.random(), at);
    writeFileSync(join(boxtop.work, 'big.tar'), makeTar([{ name: 'big', content: bytes }]));
    await roomy.ok('import', join(boxtop.work, 'big.tar'), big);
    await roomy.ok('push', big);
    await roomy.dispose();
    mkdirSync(boxtop.root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', boxtop.root]);
    // Run files lie elsewhere on a real machine: /run.
    mkdirSync(join(boxtop.root, 'run'));
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m,mode=700', 'tmpfs', join(boxtop.root, 'run')]);
    await addBusybox(boxtop, { reference: 'bb:1', changes: CHANGES });
  });

  afterAll(async () => {
    await boxtop.ok('ps', '-aq').then((ids) => ids && boxtop.ok('rm', '-f', ...ids.split('\n')));
    // the last monitor's processes may be ending still
    for (const folder of [join(boxtop.root, 'run'), boxtop.root])
      await vi.waitFor(() => execFileSync('umount', [folder], { stdio: 'pipe' }), WAIT);
  });

  const works = async () =>
    expect(await boxtop.ok('run', '--rm', ...NONE, 'bb:1', 'echo', 'fine')).toBe('fine');

  it('ends a pull, an import and a commit, and leaves the store as it was', async () => {
    await changesNothing(boxtop, async () => {
      await refused(boxtop, ['pull', big], { exitCode: 1, says: NO_SPACE });
      await refused(boxtop, ['import', join(boxtop.work, 'big.tar'), 'big:1'], {
        exitCode: 1,
        says: NO_SPACE,
      });
    });
    const script = 'dd if=/dev/urandom of=/file bs=1M count=12 2>/dev/null';
    await boxtop.ok('run', '--name', 'large', ...NONE, 'bb:1', 'sh', '-c', script);
    await changesNothing(boxtop, () =>
      refused(boxtop, ['commit', 'large', 'large:1'], { exitCode: 1, says: NO_SPACE }),
    );
    await boxtop.ok('rm', 'large');
    await works();
  });

  it('ends what a container writes with its own error', async () => {
    const dd = ['dd', 'if=/dev/zero', 'of=/file', 'bs=1M', 'count=100'];
    const files = await boxtop.run(['run', '--rm', ...NONE, 'bb:1', ...dd]);
    expect(files.stderr).toMatch(/No space left on device/);
    expect(files.exitCode).toBe(1);
    await works();
  });

  it('filled by a log lets everything be told, ended and removed, with the real exit code', async () => {
    const script = 'trap "exit 3" TERM; while :; do echo a line that fills the disk; done';
    await boxtop.ok('run', '-d', '--name', 'eater', ...NONE, 'bb:1', 'sh', '-c', script);
    const isFull = () => expect(statfsSync(boxtop.root).bavail).toBeLessThan(4);
    await vi.waitFor(isFull, WAIT);
    for (let i = 0; i < 3; i++) expect(await boxtop.ok('ps', '--format', '{{.Names}}')).toBe('eater');
    expect(await boxtop.ok('logs', '-n', '1', 'eater')).toBe('a line that fills the disk');
    const waiting = boxtop.run(['wait', 'eater']);
    await boxtop.ok('stop', 'eater');
    expect((await waiting).stdout).toBe('3\n');
    expect(await boxtop.ok('inspect', '-f', '{{.State.ExitCode}}', 'eater')).toBe('3');
    await boxtop.ok('start', 'eater');
    await vi.waitFor(isFull, WAIT);
    await boxtop.ok('kill', 'eater');
    expect(await boxtop.ok('wait', 'eater')).toBe('137');
    await boxtop.ok('start', 'eater');
    await vi.waitFor(isFull, WAIT);
    writeFileSync(join(boxtop.root, 'db/reserve'), ''); // as many more commands leave it
    expect(await boxtop.ok('ps', '--format', '{{.Names}}')).toBe('eater');
    await boxtop.ok('rm', '-f', 'eater');
    expect(await boxtop.ok('ps', '-aq')).toBe('');
    await works();
  });

  it('refuses what needs room while not a byte is free, yet lists and removes', async () => {
    const filler = join(boxtop.root, 'filler');
    await boxtop.ok('create', '--name', 'spare', ...NONE, 'bb:1', 'true');
    const { bsize, bavail } = statfsSync(boxtop.root);
    writeFileSync(filler, Buffer.alloc(bsize * bavail));
    expect(await boxtop.ok('ps', '-a', '--format', '{{.Names}}')).toBe('spare');
    await refused(boxtop, ['import', join(boxtop.work, 'busybox.tar'), 'more:1'], {
      exitCode: 1,
      says: NO_SPACE,
    });
    await boxtop.ok('rm', 'spare');
    rmSync(filler);
    await works();
  });
});

describe.skipIf(!canRunContainers)('a machine', () => {
  const boxtop = sharedBoxtop('machine', { reference: 'bb:1', changes: CHANGES });

  it('refuses another user the store, and says what to do', async () => {
    chmodSync(join(boxtop.root, '..'), 0o755);
    const folder = join(boxtop.work, 'program');
    chmodSync(boxtop.work, 0o755);
    openCheckout(folder, ['bin', 'dist']);
    const asNobody = `shift; exec setpriv --reuid 65534 --regid 65534 --clear-groups ${folder}/bin/boxtop "$@"`;
    const wrapper = ['sh', '-c', asNobody, 'sh'];
    for (const args of [['ps'], ['run', '--rm', 'bb:1']]) {
      const result = await boxtop.run(args, { wrapper });
      // Docker's status, too, for a start that was not permitted
      expect(result.exitCode).toBe(args[0] === 'run' ? 126 : 1);
      expect(errorLine(result)).toMatch(/permission denied|unable to open/i);
      expect(result.stderr).toMatch(/Hint: run as root, or choose a folder of your own with --root/);
    }
  });

  it('has a read-only store', async () => {
    const wrapper = within(
      `mount --bind ${boxtop.root} ${boxtop.root} && mount -o remount,ro,bind ${boxtop.root}`,
    );
    for (const args of [
      ['run', '--rm', ...NONE, 'bb:1'],
      ['volume', 'create', 'vol'],
    ]) {
      const result = await boxtop.run(args, { wrapper });
      expect(result.exitCode).toBe(args[0] === 'run' ? 125 : 1);
      expect(errorLine(result)).toMatch(/read-?only/i);
    }
  });

  it.each([
    ['runtime', 125, '/usr/bin/crun /usr/sbin/runc /usr/bin/runc', /(crun|runc)/, /apt-get install/],
    ['monitor', 125, '/usr/bin/conmon', /conmon/, /apt-get install/],
    ['network program', 126, '/usr/lib/podman/netavark', /netavark/, /apt-get install/],
  ])('can execute no %s', async (_what, exitCode, programs, says, hint) => {
    const mask = programs.split(' ').map((file) => `{ [ ! -e ${file} ] || mount --bind /dev/null ${file}; }`);
    await changesNothing(boxtop, async () => {
      const options = { wrapper: within(mask.join(' && ')) };
      await refused(boxtop, ['run', '--rm', 'bb:1', 'true'], { exitCode, says, hint, options });
    });
  });

  it('has a database that is none, or only half of one', async () => {
    const broken = openBoxtop('broken');
    mkdirSync(join(broken.root, 'db'), { recursive: true });
    const file = join(broken.root, 'db', 'state.db');
    for (const content of [
      'this is no database, but a long line of text\n'.repeat(200),
      'SQLite format 3\0cut',
    ]) {
      writeFileSync(file, content);
      const result = await refused(broken, ['ps'], { exitCode: 1, says: broken.root, hint: /Hint: / });
      expect(errorLine(result)).toMatch(/not a database|malformed/);
      await refused(broken, ['run', 'x:1'], { exitCode: 125, says: broken.root });
    }
    rmSync(join(broken.root, 'db'), { recursive: true });
    await broken.dispose();
  });

  it('works as ever afterwards', async () => {
    expect(await boxtop.ok('run', '--rm', ...NONE, 'bb:1', 'echo', 'fine')).toBe('fine');
  });
});

describe.skipIf(!canRunContainers)('a full disk that the run files lie on, too', () => {
  const boxtop = sharedBoxtop('full-run', 'empty');

  it('costs a container its exit code, which is told', async () => {
    mkdirSync(boxtop.root);
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m,mode=700', 'tmpfs', boxtop.root]);
    try {
      await addBusybox(boxtop, { reference: 'bb:1', changes: CHANGES });
      const script = 'for bs in 1M 1; do dd if=/dev/zero of=/$bs bs=$bs 2>/dev/null; done; exit 3';
      const { exitCode } = await boxtop.run(['run', '--name', 'full', ...NONE, 'bb:1', 'sh', '-c', script]);
      expect(exitCode).toBe(255);
      expect(await boxtop.ok('inspect', '-f', '{{.State.ExitCode}} {{.State.Error}}', 'full')).toMatch(
        /^255 its exit code could not be written to .*: is the disk full\?$/,
      );
      await boxtop.ok('rm', 'full');
    } finally {
      execFileSync('umount', ['-l', boxtop.root]);
    }
  });
});

/** Runs boxtop in a mount namespace of its own, after `prepare`. */
function within(prepare: string): string[] {
  return ['unshare', '-m', 'sh', '-c', `${prepare} && exec "$@"`, 'sh'];
}
