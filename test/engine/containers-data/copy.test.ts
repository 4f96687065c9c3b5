/** cp: the table of SRC and DEST, and copies that nothing hostile leads astray. */
import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ArchiveWriter } from '../../../src/engine/containers/files/archive-write.ts';
import { walkInside } from '../../../src/engine/containers/files/inside-walk.ts';
import {
  baseName,
  type CopyEnd,
  packLocal,
  planCopy,
  rebaseTar,
  unpackLocal,
} from '../../../src/engine/index.ts';
import { matrix, type Node } from '../../support/cp-matrix.ts';
import { makeTar } from '../../support/images.ts';

let root: string;
let source: string;
let destination: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxtop-cp-'));
  source = join(root, 'source');
  destination = join(root, 'destination');
  mkdirSync(source);
  mkdirSync(destination);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function plant(folder: string, nodes: readonly Node[]): void {
  for (const { path, kind, text, mode, target } of nodes) {
    const place = join(folder, path);
    if (kind === 'dir') mkdirSync(place);
    else if (kind === 'symlink') symlinkSync(target!.replace('@SRC@', source), place);
    else writeFileSync(place, text!);
    if (mode !== undefined) chmodSync(place, Number.parseInt(mode, 8));
  }
}

function kindOf(path: string): CopyEnd['kind'] {
  const stat = statSync(path, { throwIfNoEntry: false });
  return stat && (stat.isDirectory() ? 'directory' : 'file');
}

/** As the command does it with a path of this machine at both ends. */
async function copy(from: string, to: string, followLink: boolean): Promise<void> {
  const tar = await packLocal(from, { name: baseName(from), followLink });
  try {
    const parent = to.replace(/\/$/, '');
    if (kindOf(parent) === undefined && kindOf(dirname(parent)) === undefined) throw new Error('not found');
    const plan = planCopy(
      { path: from, kind: kindOf(from.replace(/\/\.?$/, ''))! },
      { path: to, kind: kindOf(parent) },
    );
    await unpackLocal(plan.folder, Readable.from(rebaseTarOf(tar, plan.name)), { keepOwner: true });
  } finally {
    tar.destroy();
  }
}

async function* rebaseTarOf(tar: Readable, name: string) {
  yield* await rebaseTar(tar, name);
}

function same(a: string, b: string): void {
  const [left, right] = [lstatSync(a), lstatSync(b)];
  expect([left.mode, left.isFile() ? readFileSync(a, 'utf8') : readdirSync(a)]).toEqual([
    right.mode,
    right.isFile() ? readFileSync(b, 'utf8') : readdirSync(b),
  ]);
}

describe('the table', () => {
  it.each(matrix.cases)('$name: $what', async (test) => {
    plant(source, matrix.sourceTree);
    plant(destination, matrix.destinationTree);
    const to = `${join(destination, test.destination)}${test.trailingSlash ? '/' : ''}`;
    const run = copy(`${source}/${test.source}`, to, test.followLinks);
    if (test.expected.error !== undefined) {
      const words =
        { 'not found': /not found|no such file/ }[test.expected.error] ?? new RegExp(test.expected.error);
      await expect(run).rejects.toThrow(words);
      return;
    }
    const kept = test.expected.unchanged?.map((path) => statSync(join(destination, path)).mode);
    await run;
    for (const { path, sameAs } of test.expected.created!)
      same(join(destination, path), join(source, sameAs));
    expect(test.expected.unchanged?.map((path) => statSync(join(destination, path)).mode)).toEqual(kept);
  });
});

describe('walking inside a root', () => {
  const walk = (path: string, followLast = true) => {
    const place = walkInside(source, path, { mounts: new Map(), followLast, isRootWritable: true });
    place.close();
    return place;
  };

  it('resolves links from the root, and never above it', () => {
    mkdirSync(join(source, 'a/b'), { recursive: true });
    writeFileSync(join(source, 'a/b/f'), '');
    symlinkSync('/a/b', join(source, 'absolute'));
    symlinkSync('../../../../../a', join(source, 'a/up'));
    expect(walk('/absolute/f').path).toBe('/a/b/f');
    expect(walk('/a/up/b/../b').path).toBe('/a/b');
    expect(walk('/../../a').path).toBe('/a');
    expect(walk('/absolute', false)).toMatchObject({ path: '/absolute', name: 'absolute' });
    expect(walk('/absolute/', false).path).toBe('/a/b');
    expect(walk('/').path).toBe('/');
  });

  it('refuses loops, files on the way and missing folders', () => {
    symlinkSync('loop', join(source, 'loop'));
    writeFileSync(join(source, 'file'), '');
    expect(() => walk('/loop')).toThrow(/too many levels/);
    expect(() => walk('/file/x')).toThrow(/not a directory/);
    expect(() => walk('/file/')).toThrow(/not a directory/);
    expect(() => walk('/none/x')).toThrow(/no such file/);
    expect(walk('/none').stat).toBeUndefined();
  });

  it('enters mounts by their place, files too', () => {
    mkdirSync(join(destination, 'inner'));
    writeFileSync(join(destination, 'inner/f'), 'text');
    mkdirSync(join(source, 'data'));
    writeFileSync(join(source, 'hosts'), '');
    const mount = (at: string, from: string) =>
      [at, { destination: at, source: from, isWritable: false }] as const;
    const mounts = new Map([mount('/data', destination), mount('/hosts', join(destination, 'inner/f'))]);
    const inside = (path: string) =>
      walkInside(source, path, { mounts, followLast: true, isRootWritable: true });
    const file = inside('/data/inner/../inner/f');
    expect([file.path, file.isWritable, file.stat?.size]).toEqual(['/data/inner/f', false, 4]);
    file.close();
    const bound = inside('/hosts');
    expect([bound.path, bound.stat?.size]).toEqual(['/hosts', 4]);
    bound.close();
  });
});

describe('unpacking what is hostile', () => {
  const unpack = (entries: Parameters<typeof makeTar>[0], noOverwriteDirNonDir = false) => {
    const walk = (path: string, followLast: boolean) =>
      walkInside(source, path, { mounts: new Map(), followLast, isRootWritable: true });
    const owner = { uid: process.getuid!(), gid: process.getgid!() };
    const how = { path: '', owner, noOverwriteDirNonDir, signal: undefined, scratch: root };
    return new ArchiveWriter({ walk }, how).write(Readable.from([makeTar(entries)]));
  };

  it('writes through a link of the container only inside its root', async () => {
    symlinkSync(destination, join(source, 'escape'));
    symlinkSync('../../../../..', join(source, 'up'));
    await expect(unpack([{ name: 'escape/f', content: 'x' }])).rejects.toThrow();
    await unpack([{ name: 'up/f', content: 'x' }]).catch(() => {});
    expect(readdirSync(destination)).toEqual([]);
    expect(readFileSync(join(source, 'f'), 'utf8')).toBe('x');
  });

  it('replaces a link instead of writing to what it points at', async () => {
    writeFileSync(join(destination, 'victim'), 'safe');
    symlinkSync(join(destination, 'victim'), join(source, 'link'));
    await unpack([{ name: 'link', content: 'x', mode: 0o4755 }]);
    expect(readFileSync(join(destination, 'victim'), 'utf8')).toBe('safe');
    expect(lstatSync(join(source, 'link')).mode & 0o7777).toBe(0o4755);
  });

  it('refuses names and hard links that lead out', async () => {
    await expect(unpack([{ name: '../f', content: 'x' }])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(unpack([{ name: 'h', type: 'hardlink', link: '../../etc/passwd' }])).rejects.toMatchObject({
      code: 'INVALID_ARGUMENT',
    });
    await expect(unpack([{ name: 'h', type: 'hardlink', link: '/etc/passwd' }])).rejects.toMatchObject({
      code: 'NOT_FOUND',
    });
  });

  it('makes folders on the way, hard links and links that lead nowhere', async () => {
    await unpack([
      { name: './a/b/f', content: 'x' },
      { name: '/a/h', type: 'hardlink', link: 'a/b/f' },
      { name: 'a/s', type: 'symlink', link: '/nowhere' },
      { name: 'a/', type: 'directory', mode: 0o700 },
    ]);
    expect(statSync(join(source, 'a/h')).nlink).toBe(2);
    expect(statSync(join(source, 'a')).mode & 0o777).toBe(0o700);
    expect(readdirSync(join(source, 'a')).sort()).toEqual(['b', 'h', 's']);
  });

  it('keeps folders and files apart when asked to, else replaces whole folders without following links', async () => {
    mkdirSync(join(source, 'd'));
    writeFileSync(join(destination, 'victim'), 'safe');
    symlinkSync(destination, join(source, 'd/link'));
    await expect(unpack([{ name: 'd', content: 'x' }], true)).rejects.toThrow(
      'cannot overwrite directory "/d" with non-directory',
    );
    await unpack([{ name: 'd', content: 'x' }]);
    expect(readFileSync(join(source, 'd'), 'utf8')).toBe('x');
    expect(readdirSync(destination)).toEqual([basename('victim')]);
    await expect(unpack([{ name: 'd/', type: 'directory' }], true)).rejects.toThrow(
      'cannot overwrite non-directory "/d" with directory',
    );
  });
});
