/** Archives made to do harm, through `import` and `cp -`: refused or kept inside, the host untouched. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { busyboxTar, makeTar, type TarEntry } from '../support/images.ts';
import { changesNothing, errorLine } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('a hostile archive', () => {
  const boxtop = sharedBoxtop('archives', { reference: 'bb:1' });
  let victim: string;

  beforeAll(async () => {
    victim = join(boxtop.work, 'victim');
    writeFileSync(victim, 'untouched');
    await boxtop.ok('create', '--name', 'target', '--network', 'none', 'bb:1', 'true');
  });

  const escapes: [string, () => TarEntry[]][] = [
    ['names with ..', () => [{ name: `../../../../../../../..${victim}`, content: 'owned' }]],
    ['absolute names', () => [{ name: victim, content: 'owned' }]],
    [
      'a parent that is a symlink',
      () => [
        { name: 'out', type: 'symlink', link: boxtop.work },
        { name: 'out/victim', content: 'owned' },
      ],
    ],
    [
      'a symlink that is written through',
      () => [
        { name: 'file', type: 'symlink', link: victim },
        { name: 'file', content: 'owned' },
      ],
    ],
    [
      'a hard link out of it',
      () => [
        { name: 'link', type: 'hardlink', link: `../../../../../../../..${victim}` },
        { name: 'link', content: 'owned' },
      ],
    ],
  ];

  it.each(escapes)('reaches nothing outside with %s', async (_what, entries) => {
    const file = join(boxtop.work, 'hostile.tar');
    writeFileSync(file, makeTar(entries()));
    await changesNothing(boxtop, async () => {
      const result = await boxtop.run(['import', file, 'hostile:1']);
      if (result.exitCode === 0) await boxtop.ok('rmi', 'hostile:1');
      else expect(errorLine(result)).not.toBe('');
    });
    const copied = await boxtop.run(['cp', '-', 'target:/tmp'], { stdin: readFileSync(file, 'latin1') });
    if (copied.exitCode !== 0) expect(errorLine(copied)).not.toBe('');
    expect(readFileSync(victim, 'utf8')).toBe('untouched');
  });

  it.each([
    ['is cut short', () => busyboxTar().subarray(0, 200_000)],
    ['is no archive', () => Buffer.alloc(4096, 'no archive ')],
    ['has a damaged header', () => damaged()],
    ['is a damaged gzip', () => Buffer.concat([Buffer.from([0x1f, 0x8b, 8, 0]), Buffer.alloc(2000, 7)])],
    ['deletes its own root', () => makeTar([{ name: '.wh.', content: '' }])],
  ])('that %s leaves nothing', (_what, archive) =>
    changesNothing(boxtop, async () => {
      const file = join(boxtop.work, 'hostile.tar');
      writeFileSync(file, archive());
      const result = await boxtop.run(['import', file, 'bad:1']);
      expect(result.exitCode).toBe(1);
      expect(errorLine(result)).not.toBe('');
      expect(await boxtop.ok('images', '-q', 'bad')).toBe('');
    }),
  );

  it('did no harm: the image runs', async () => {
    expect(existsSync(victim)).toBe(true);
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'bb:1', '/bin/echo', 'fine')).toBe('fine');
  });
});

function damaged(): Buffer {
  const tar = Buffer.from(makeTar([{ name: 'file', content: 'x' }]));
  tar.write('garbage', 100);
  return tar;
}
