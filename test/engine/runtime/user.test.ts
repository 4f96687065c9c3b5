import { closeSync, mkdirSync, mkdtempSync, openSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readBounded, readRootfsFile } from '../../../src/engine/runtime/rootfs-file.ts';
import {
  ociUser,
  parseGroup,
  parsePasswd,
  resolveGroups,
  resolveUser,
} from '../../../src/engine/runtime/user.ts';
import table from '../../data/user-spec.json' with { type: 'json' };

interface Case {
  fn: string;
  passwd?: string | null;
  group?: string | null;
  spec?: string | string[];
  defaults?: { uid: number; gid: number; sgids: number[]; home: string } | null;
  input?: { padBytes?: number; directory?: boolean; zeroBytes?: number };
  expected?: unknown;
  error?: boolean;
  errorContains?: string;
}

const LARGE = `largegroup:x:1000:${Array.from({ length: 7500 }, (_, i) => `user${i + 1}`).join(',')}`;
const cases = table.cases as unknown as Case[];
const fileOf = (name: string | null | undefined): string | null =>
  name == null ? null : (table.files as Record<string, string>)[name]!.replace('@LARGEGROUP@', LARGE);
const title = (c: Case) =>
  `${c.fn} ${JSON.stringify(c.spec ?? c.input ?? c.passwd ?? c.group)} of ${c.passwd ?? '-'}/${c.group ?? '-'}`;

describe('who a process runs as', () => {
  const some = (fn: string) => cases.filter((c) => c.fn === fn).map((c) => [title(c), c] as const);

  it.each(some('resolve'))('%s', (_, c) => {
    const run = () =>
      resolveUser(
        c.spec as string,
        { passwd: fileOf(c.passwd), group: fileOf(c.group) },
        c.defaults ?? undefined,
      );
    if (c.error) expect(run).toThrow();
    else expect(run()).toEqual(c.expected);
  });

  it.each(some('groups'))('%s', (_, c) => {
    const run = () => resolveGroups(c.spec as string[], fileOf(c.group));
    if (c.error) expect(run).toThrow();
    else expect(run()).toEqual(c.expected);
  });

  it.each([...some('parsePasswd'), ...some('parseGroup')])('%s', (_, c) => {
    const entries = c.fn === 'parsePasswd' ? parsePasswd(fileOf(c.passwd)!) : parseGroup(fileOf(c.group)!);
    const { count, first } = c.expected as { count: number; first: Record<string, unknown>[] };
    expect(entries).toHaveLength(count);
    const counted = entries.map((entry) =>
      'members' in entry ? { ...entry, members: entry.members.length } : entry,
    );
    for (const [i, wanted] of first.entries()) expect(counted[i]).toMatchObject(wanted);
  });

  it('puts the primary group among the additional ones', () => {
    expect(ociUser({ uid: 1, gid: 2, sgids: [3], home: '' }, [2, 9]).additionalGids).toEqual([2, 3, 9]);
  });
});

describe('reading a file of an image', () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'boxtop-rootfs-'));
    mkdirSync(join(root, 'etc'));
  });
  afterEach(() => rmSync(root, { recursive: true }));

  it.each(cases.filter((c) => c.fn === 'groupFile').map((c) => [title(c), c] as const))('%s', (_, c) => {
    const path = join(root, 'etc/group');
    const { padBytes, directory, zeroBytes } = c.input!;
    if (directory) mkdirSync(path);
    else if (zeroBytes) writeFileSync(path, Buffer.alloc(zeroBytes));
    else
      writeFileSync(
        path,
        `${'#'.repeat(Math.max(0, padBytes! - 1))}\n\nbeyond:x:42:`.replaceAll(
          /#{60}/g,
          (line) => `${line.slice(1)}\n`,
        ),
      );
    const run = () => resolveGroups(['beyond'], readRootfsFile(root, '/etc/group'));
    if (c.errorContains) expect(run).toThrow(c.errorContains);
    else if (c.error) expect(run).toThrow();
    else expect(run()).toEqual(c.expected);
  });

  it('follows links inside the root only', () => {
    writeFileSync(join(root, 'real'), 'inside');
    symlinkSync('/real', join(root, 'etc/absolute'));
    symlinkSync('../../../../real', join(root, 'etc/upwards'));
    symlinkSync('/etc/../etc', join(root, 'etc-link'));
    symlinkSync('loop', join(root, 'loop'));
    expect(readRootfsFile(root, '/etc/absolute')).toBe('inside');
    expect(readRootfsFile(root, '/etc/upwards')).toBe('inside');
    expect(readRootfsFile(root, '/etc-link/absolute')).toBe('inside');
    expect(readRootfsFile(root, '/etc/passwd')).toBeNull();
    expect(() => readRootfsFile(root, '/loop')).toThrow('too many levels of symbolic links');
  });

  it('never blocks on a device or waits for a pipe', () => {
    const fd = openSync('/dev/zero', 'r');
    expect(() => readBounded(fd, '/etc/passwd')).toThrow('not a regular file');
    closeSync(fd);
  });
});
