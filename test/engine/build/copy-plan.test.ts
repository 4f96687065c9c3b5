import { describe, expect, it } from 'vitest';
import { type CopyRequest, planCopy, type SourceEntry } from '../../../src/engine/build/copy-plan.ts';

/** Paths; 'a -> b' is a symlink, a '/' at the end a folder. */
const files = (...paths: string[]) =>
  new Map(
    paths.map((text): [string, SourceEntry] => {
      const [path = '', linkTarget = ''] = text.split(' -> ');
      const type = linkTarget !== '' ? 'symlink' : path.endsWith('/') ? 'directory' : 'file';
      const clean = path.replace(/\/$/, '');
      return [clean, { path: clean, type, linkTarget }];
    }),
  );

const TREE = files(
  'a.txt',
  'b.txt',
  'c.md',
  'd/',
  'd/e/',
  'd/e/f.txt',
  'd/g',
  'l -> d',
  'm -> /d/e/f.txt',
  'x[1]',
  'y -> ../../up',
  'z\\n',
);

const plan = (sources: string[], destination: string, request: Partial<CopyRequest> = {}) =>
  planCopy(TREE, {
    sources,
    destination,
    isDirectory: false,
    keepsParents: false,
    exclude: [],
    ...request,
  }).map(({ target, entry }) => `${entry.path} > ${target}`);

describe('what COPY copies where', () => {
  it.each([
    [['a.txt'], '/x', ['a.txt > /x']],
    [['a.txt'], '/x/', ['a.txt > /x/a.txt']],
    [['/a.txt'], '/x/', ['a.txt > /x/a.txt']],
    [['./d/../a.txt'], '/x/', ['a.txt > /x/a.txt']],
    [['../../a.txt'], '/x/', ['a.txt > /x/a.txt']],
    [['d'], '/x', ['d/e > /x/e', 'd/e/f.txt > /x/e/f.txt', 'd/g > /x/g']],
    [['d/'], '/x/', ['d/e > /x/e', 'd/e/f.txt > /x/e/f.txt', 'd/g > /x/g']],
    [['*.txt'], '/x/', ['a.txt > /x/a.txt', 'b.txt > /x/b.txt']],
    [['?.txt', 'c.md'], '/x/', ['a.txt > /x/a.txt', 'b.txt > /x/b.txt', 'c.md > /x/c.md']],
    [['[a-b].*'], '/x/', ['a.txt > /x/a.txt', 'b.txt > /x/b.txt']],
    [['*/e'], '/x/', ['d/e/f.txt > /x/f.txt']],
    [['l/g'], '/x', ['d/g > /x']],
    [['l/*'], '/x/', ['d/e/f.txt > /x/f.txt', 'd/g > /x/g']],
    [['m'], '/x', ['d/e/f.txt > /x']],
    [['m'], '/x/', ['d/e/f.txt > /x/m']],
    [['[lm]'], '/x/', ['d/e > /x/e', 'd/e/f.txt > /x/e/f.txt', 'd/g > /x/g', 'd/e/f.txt > /x/m']],
    [['x[[]1]'], '/x/', ['x[1] > /x/x[1]']],
    [['z\\n'], '/x/', ['z\\n > /x/z\\n']],
    [['x\\[1\\]'], '/x/', ['x[1] > /x/x[1]']],
    [['**/e'], '/x/', ['d/e/f.txt > /x/f.txt']],
    // a pattern may match nothing, or have a fault
    [['**/f.txt'], '/x/', []],
    [['*.none'], '/x/', []],
    [['a.txt', '*.none', 'd/*/none'], '/x/', ['a.txt > /x/a.txt']],
    [['[a', '[]a]*', 'a*[-t]'], '/x/', []],
    [['[!x]*.txt'], '/x/', []],
    // what a pattern names one after another: the last one stays
    [['*.txt'], '/x', ['b.txt > /x']],
    [['d/*'], '/x', ['d/e/f.txt > /x/f.txt', 'd/g > /x/g']],
  ])('%j to %s', (sources, destination, wanted) => {
    expect(plan(sources, destination)).toEqual(wanted);
  });

  it('refuses what is not there, and links that lead out', () => {
    for (const source of ['none', 'd/none', 'a.txt/x', 'none/*', 'y', '[y]', 'y/z'])
      expect(() => plan([source], '/x/'), source).toThrow('not found');
  });

  it('keeps the folders of a source with --parents, from the pivot on, with ** at any depth', () => {
    const keepsParents = true;
    const whole = ['d > /x/d', 'd/e > /x/d/e', 'd/e/f.txt > /x/d/e/f.txt'];
    expect(plan(['d/e/f.txt'], '/x/', { keepsParents })).toEqual(whole);
    expect(plan(['d/e/*'], '/x/', { keepsParents })).toEqual(whole);
    expect(plan(['d/./e/f.txt'], '/x/', { keepsParents })).toEqual(['d/e > /x/e', 'd/e/f.txt > /x/e/f.txt']);
    expect(plan(['./**/*.txt'], '/x/', { keepsParents })).toContain('d/e/f.txt > /x/d/e/f.txt');
  });

  it('leaves out what --exclude names, counted from the source', () => {
    expect(plan(['d'], '/x/', { exclude: ['e'] })).toEqual(['d/g > /x/g']);
    expect(plan(['d'], '/x/', { exclude: ['**/*.txt'] })).toEqual(['d/e > /x/e', 'd/g > /x/g']);
  });

  it('plans thirty thousand files', () => {
    const many = files(...Array.from({ length: 30_000 }, (_, i) => `big/d${i % 300}/f${i}`));
    const request = {
      sources: ['big'],
      destination: '/x/',
      isDirectory: false,
      keepsParents: false,
      exclude: [],
    };
    expect(planCopy(many, request)).toHaveLength(30_000);
  });
});
