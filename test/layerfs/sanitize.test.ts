/** Names of hostile layers are resolved before anything touches the disk. */
import { describe, expect, it } from 'vitest';
import { Sanitizer, type Step } from '../../src/layerfs/directory/sanitize.ts';
import { emptyHeader, type TarHeader } from '../../src/layerfs/index.ts';
import type { Member } from './archives.ts';
import { hostileCases } from './hostile-cases.ts';

const OUTSIDE = '/srv/outside';

const header = ({ content: _, ...fields }: Member): TarHeader => ({
  ...emptyHeader,
  type: fields.name.endsWith('/') ? 'directory' : 'file',
  ...fields,
});

function stepsOf(members: Member[]): Step[] {
  const sanitizer = new Sanitizer();
  const steps = members.flatMap((one) => sanitizer.add(header(one)));
  return [...steps, ...sanitizer.directories().map((one) => ({ do: 'make' as const, header: one }))];
}

const made = (steps: Step[]) => steps.filter((step) => step.do === 'make').map((step) => step.header);

describe('hostile entries', () => {
  it.each(hostileCases.map((one) => [one.title, one] as const))('%s', (_, { members, expected }) => {
    if (expected === 'refused') {
      expect(() => stepsOf(members(OUTSIDE))).toThrow(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
      return;
    }
    const headers = made(stepsOf(members(OUTSIDE)));
    const names = headers.map(({ name }) => name.replace(/^\.\/|\/$/g, ''));
    expect(names).toEqual(expect.arrayContaining(expected(OUTSIDE)));
    // nothing is reached through something that is a symlink at that time
    const links = new Set<string>();
    for (const { name, type, linkName } of headers) {
      expect(name).toMatch(/^\.\//);
      for (const path of type === 'hardlink' ? [name, linkName] : [name]) {
        const parts = path.replace(/^\.\/|\/$/g, '').split('/');
        expect(parts).not.toContain('..');
        for (let i = 1; i < parts.length; i++) expect(links).not.toContain(parts.slice(0, i).join('/'));
      }
      const own = name.replace(/^\.\/|\/$/g, '');
      if (type === 'symlink') links.add(own);
      else links.delete(own);
    }
  });
});

describe('overlay marks', () => {
  const xattrs = (...names: string[]) => new Map(names.map((name) => [name, Buffer.from('/other')]));

  it('from the archive are dropped, other attributes stay', () => {
    const all = [
      'trusted.overlay.redirect',
      'trusted.overlay.opaque',
      'user.overlay.metacopy',
      'user.x',
      'security.capability',
    ];
    const headers = made(
      stepsOf([
        { name: 'f', xattrs: xattrs(...all) },
        { name: 'd/', xattrs: xattrs(...all) },
      ]),
    );
    for (const name of ['./f', './d/'])
      expect([...headers.findLast((one) => one.name === name)!.xattrs.keys()]).toEqual([
        'user.x',
        'security.capability',
      ]);
  });

  it('whiteouts become devices 0/0, opaque directories get the attribute', () => {
    const headers = made(stepsOf([{ name: 'd/.wh.gone' }, { name: 'd/.wh..wh..opq' }]));
    expect(headers).toContainEqual(
      expect.objectContaining({ name: './d/gone', type: 'char', devMajor: 0, devMinor: 0 }),
    );
    expect(headers.at(-1)).toMatchObject({
      name: './d/',
      xattrs: new Map([['trusted.overlay.opaque', Buffer.from('y')]]),
    });
  });
});

it('directories get their metadata after everything was made in them', () => {
  const steps = stepsOf([
    { name: 'd/', mode: 0o500, mtimeNs: 5n },
    { name: 'd/f' },
    { name: './', mode: 0o711 },
  ]);
  const tail = made(steps).slice(-2);
  expect(tail).toEqual([
    expect.objectContaining({ name: './', mode: 0o711 }),
    expect.objectContaining({ name: './d/', mode: 0o500, mtimeNs: 5n }),
  ]);
});

it('counts the bytes of files', () => {
  const sanitizer = new Sanitizer();
  for (const one of [
    { name: 'a', sizeBytes: 5 },
    { name: 'b', sizeBytes: 7 },
    { name: 'c', type: 'hardlink' as const, linkName: 'a' },
  ])
    sanitizer.add(header(one));
  expect(sanitizer.sizeBytes).toBe(12);
});
