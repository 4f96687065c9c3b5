/** Archives made to write outside of the folder they are unpacked in, at every door that takes one besides layers. */
import { statSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { unpackContext } from '../../src/engine/build/unpack-context.ts';
import { unpackLocal } from '../../src/engine/copy.ts';
import { archive, type Member, sh, streamOf } from '../layerfs/archives.ts';
import { hostileCases } from '../layerfs/hostile-cases.ts';
import { canMount } from '../support/requirements.ts';

const BEHIND = `\0${'z'.repeat(120)}`;
const UP = '../'.repeat(30);

const more: { title: string; members(outside: string): Member[] }[] = [
  {
    title: 'a NUL in the target of a symlink',
    members: (outside) => [
      { name: 'l', type: 'symlink', linkName: `d${BEHIND}` },
      { name: 'd/' },
      { name: 'l/s', type: 'symlink', linkName: outside },
      { name: 'd/new' },
    ],
  },
  {
    title: 'a NUL in the name of a symlink',
    members: (outside) => [
      { name: `d${BEHIND}`, type: 'symlink', linkName: outside },
      { name: 'd/secret', content: 'changed' },
    ],
  },
  {
    title: 'a hard link to a symlink, then a file of its name',
    members: (outside) => [
      { name: 'l', type: 'symlink', linkName: `${outside}/secret` },
      { name: 'h', type: 'hardlink', linkName: 'l' },
      { name: 'h', content: 'changed' },
    ],
  },
  {
    title: 'a chain of hard links that ends outside',
    members: (outside) => [
      { name: 'a', type: 'hardlink', linkName: `${UP}${outside}/secret` },
      { name: 'b', type: 'hardlink', linkName: 'a' },
      { name: 'b', content: 'changed' },
    ],
  },
  {
    title: 'a name that is an option of tar',
    members: () => [{ name: '--to-command=touch x' }, { name: '-C' }],
  },
  {
    title: 'a name with wildcards and a folder of that name',
    members: (outside) => [{ name: '*', type: 'symlink', linkName: outside }, { name: '[*]/secret' }],
  },
];

/** Everything about a tree that could be changed. */
const picture = (directory: string) =>
  sh(`cd ${directory} && find . -printf '%p %y %m %U %G %T@ %C@ %n %s %l\\n' | sort && cat secret`);

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxtop-test-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const doors: [string, (data: Buffer, target: string) => Promise<void>][] = [
  [
    'a build context',
    async (data, target) => {
      await writeFile(join(folder, 'input'), data);
      await unpackContext(join(folder, 'input'), target);
    },
  ],
  ['what cp takes out of a container', (data, target) => unpackLocal(target, streamOf(data))],
  [
    'what cp -a takes out of a container',
    (data, target) => unpackLocal(target, streamOf(data), { keepOwner: true }),
  ],
];

describe.skipIf(!canMount).each(doors)('%s', (_, unpack) => {
  it.each([...hostileCases, ...more].map(({ title, members }) => [title, members] as const))(
    'changes nothing outside with %s',
    async (_title, members) => {
      const outside = join(folder, 'outside');
      const target = join(folder, 'target');
      await mkdir(outside, { mode: 0o700 });
      await mkdir(target);
      await writeFile(join(outside, 'secret'), 'secret');
      const before = await picture(outside);
      await unpack(archive(...members(outside)), target).catch(() => {});
      expect(await picture(outside)).toBe(before);
      expect((await readdir(folder)).filter((name) => name !== 'input').sort()).toEqual([
        'outside',
        'target',
      ]);
    },
  );
});

describe.skipIf(!canMount)('cp out of a container', () => {
  const members: Member[] = [
    { name: 'su', content: 'x', mode: 0o6755, uid: 1000 },
    { name: 'disk', type: 'block', mode: 0o666, devMajor: 7, devMinor: 200 },
    { name: 'capable', content: 'x', mode: 0o755, xattrs: new Map([['user.note', Buffer.from('x')]]) },
  ];
  const modeOf = (name: string) => (statSync(join(folder, name)).mode & 0o7777).toString(8);

  it("makes no setuid program of root's, and no device that others can open", async () => {
    await unpackLocal(folder, streamOf(archive(...members)));
    expect(['su', 'disk', 'capable'].map(modeOf)).toEqual(['755', '600', '755']);
    expect(statSync(join(folder, 'su')).uid).toBe(process.getuid!());
  });

  it('keeps owner and mode when it is asked to', async () => {
    await unpackLocal(folder, streamOf(archive(members[0]!)), { keepOwner: true });
    expect([modeOf('su'), statSync(join(folder, 'su')).uid]).toEqual(['6755', 1000]);
  });
});
