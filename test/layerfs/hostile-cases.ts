/** Layers that try to reach out of their root (classes of published vulnerabilities), and where their entries must land. */
import type { Member } from './archives.ts';

export interface HostileCase {
  title: string;
  /** `outside` is an existing directory of the host with a file `secret` */
  members(outside: string): Member[];
  /** paths that exist in the layer afterwards, or why it is refused */
  expected: 'refused' | ((outside: string) => string[]);
}

const link = (name: string, linkName: string): Member => ({ name, type: 'symlink', linkName });
const hard = (name: string, linkName: string): Member => ({ name, type: 'hardlink', linkName });
const inside = (path: string) => path.replace(/^\//, '');
const UP = '../'.repeat(30);

export const hostileCases: HostileCase[] = [
  { title: 'a name with ..', members: (o) => [{ name: `${UP}${inside(o)}/new` }], expected: 'refused' },
  {
    title: 'a directory with ..',
    members: (o) => [{ name: `${UP}${inside(o)}/`, mode: 0o777 }],
    expected: 'refused',
  },
  { title: 'a name that only passes through ..', members: () => [{ name: 'a/../b' }], expected: () => ['b'] },
  {
    title: 'an absolute name',
    members: (o) => [{ name: `${o}/new` }],
    expected: (o) => [`${inside(o)}/new`],
  },
  {
    title: 'a file below an absolute symlink',
    members: (o) => [link('l', o), { name: 'l/secret', content: 'changed' }],
    expected: (o) => ['l', `${inside(o)}/secret`],
  },
  {
    title: 'a file below a relative symlink',
    members: (o) => [link('l', `${UP}${inside(o)}`), { name: 'l/new' }],
    expected: (o) => ['l', `${inside(o)}/new`],
  },
  {
    title: 'a file below a chain of symlinks',
    members: (o) => [link('a', o), link('b', 'a'), { name: 'b/x/y' }],
    expected: (o) => ['a', 'b', `${inside(o)}/x/y`],
  },
  {
    title: 'a symlink to the root',
    members: (o) => [link('l', '/'), { name: `l${o}/new` }],
    expected: (o) => ['l', `${inside(o)}/new`],
  },
  {
    title: 'a file in place of a symlink',
    members: (o) => [link('l', `${o}/secret`), { name: 'l', content: 'changed' }],
    expected: () => ['l'],
  },
  {
    title: 'a directory in place of a symlink',
    members: (o) => [link('l', o), { name: 'l/', mode: 0o777, uid: 7 }, { name: 'l/new' }],
    expected: () => ['l/new'],
  },
  {
    title: 'a symlink in place of a full directory',
    members: (o) => [
      { name: 'd/' },
      { name: 'd/secret' },
      link('d', o),
      { name: 'd/secret', content: 'changed' },
    ],
    expected: (o) => ['d', `${inside(o)}/secret`],
  },
  {
    title: 'a file in place of a directory that holds a symlink',
    members: (o) => [{ name: 'd/' }, link('d/l', o), { name: 'd' }],
    expected: () => ['d'],
  },
  {
    title: 'a device in place of a symlink',
    members: (o) => [link('l', `${o}/secret`), { name: 'l', type: 'char', devMajor: 1, devMinor: 3 }],
    expected: () => ['l'],
  },
  {
    title: 'a file in place of a pipe',
    members: () => [
      { name: 'p', type: 'fifo' },
      { name: 'p', content: 'x' },
    ],
    expected: () => ['p'],
  },
  {
    title: 'a hard link with ..',
    members: (o) => [hard('h', `${UP}${inside(o)}/secret`)],
    expected: 'refused',
  },
  {
    title: 'an absolute hard link counts from the root',
    members: (o) => [{ name: 'etc/f' }, hard('h', '/etc/f'), hard('h2', `${o}/secret`)],
    expected: 'refused',
  },
  {
    title: 'an absolute hard link to an entry',
    members: () => [{ name: 'etc/f' }, hard('h', '/etc/f')],
    expected: () => ['etc/f', 'h'],
  },
  {
    title: 'a hard link through a symlink',
    members: (o) => [link('l', o), hard('h', 'l/secret')],
    expected: 'refused',
  },
  {
    title: 'a hard link through a symlink that stays inside',
    members: () => [{ name: 'run/' }, { name: 'run/f' }, link('var', '/run'), hard('h', 'var/f')],
    expected: () => ['run/f', 'h', 'var'],
  },
  {
    title: 'a file written over a hard link to a symlink',
    members: (o) => [link('l', `${o}/secret`), hard('h', 'l'), { name: 'h', content: 'changed' }],
    expected: () => ['h', 'l'],
  },
  {
    title: 'a hard link below a symlink',
    members: (o) => [{ name: 'f' }, link('l', o), hard('l/secret', 'f')],
    expected: (o) => ['f', 'l', `${inside(o)}/secret`],
  },
  {
    title: 'a hard link to a directory',
    members: () => [{ name: 'd/' }, hard('h', 'd')],
    expected: 'refused',
  },
  {
    title: 'a hard link to itself',
    members: () => [{ name: 'f', content: 'x' }, hard('f', './f')],
    expected: () => ['f'],
  },
  { title: 'a hard link to nothing', members: () => [hard('h', 'missing')], expected: 'refused' },
  {
    title: 'symlinks in a circle',
    members: () => [link('a', 'b'), link('b', 'a'), { name: 'a/x' }],
    expected: 'refused',
  },
  { title: 'an entry below a file', members: () => [{ name: 'f' }, { name: 'f/x' }], expected: 'refused' },
  {
    title: 'an entry below a device',
    members: () => [{ name: 'n', type: 'char', devMajor: 1, devMinor: 3 }, { name: 'n/x' }],
    expected: 'refused',
  },
  { title: 'a root that is a symlink', members: (o) => [link('./', o), { name: 'x' }], expected: 'refused' },
  {
    title: 'a whiteout below a symlink',
    members: (o) => [link('l', o), { name: 'l/.wh.secret' }],
    expected: (o) => ['l', `${inside(o)}/secret`],
  },
  {
    title: 'an opaque mark below a symlink',
    members: (o) => [link('l', o), { name: 'l/.wh..wh..opq' }],
    expected: (o) => ['l', inside(o)],
  },
  { title: 'a whiteout of nothing', members: () => [{ name: '.wh.' }], expected: 'refused' },
  { title: 'a whiteout of the directory itself', members: () => [{ name: 'd/.wh..' }], expected: 'refused' },
  { title: 'a whiteout of the parent', members: () => [{ name: 'd/.wh...' }], expected: 'refused' },
  { title: 'an entry below a whiteout', members: () => [{ name: '.wh.d/x' }], expected: 'refused' },
  { title: 'a device that is a whiteout', members: () => [{ name: 'x', type: 'char' }], expected: 'refused' },
  {
    title: 'a device whose number becomes a whiteout when it is written down',
    members: () => [{ name: 'x', type: 'char', devMajor: 2 ** 21, devMinor: 2 ** 21 }],
    expected: 'refused',
  },
  {
    title: 'a name longer than a file name may be',
    members: () => [{ name: 'n'.repeat(256) }],
    expected: 'refused',
  },
  {
    title: 'a path longer than a path may be',
    members: () => [{ name: 'n/'.repeat(3000) }],
    expected: 'refused',
  },
  {
    title: 'a symlink to a component that is too long',
    members: () => [link('l', 'n'.repeat(300)), { name: 'l/x' }],
    expected: 'refused',
  },
];
