/** Holds the rules of ARCHITECTURE.md: who may import whom, no cycles, small files, one seam per outside power. */
import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';

const ROOT = resolve(import.meta.dirname, '..');
const SRC = join(ROOT, 'src');
const MAX_LINES = 300;

interface Import {
  from: string;
  /** path below src/, or a package's name */
  to: string;
  isTypeOnly: boolean;
  isLazy: boolean;
}

const files = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.tsx?$/.test(name))
  .sort();
const sources = new Map(files.map((file) => [file, readFileSync(join(SRC, file), 'utf8')]));
const imports = files.flatMap((file) => importsOf(file));

function importsOf(file: string): Import[] {
  const text = sources.get(file)!;
  const found: Import[] = [];
  const add = (to: string, isTypeOnly: boolean, isLazy: boolean) => {
    const target = to.startsWith('.') ? relative(SRC, resolve(SRC, dirname(file), to)) : to;
    found.push({ from: file, to: target, isTypeOnly, isLazy });
  };
  for (const m of text.matchAll(
    /^\s*(?:import|export)\s(type\s)?(?:[^'"();]*?\sfrom\s)?['"]([^'"]+)['"]/gm,
  )) {
    add(m[2]!, m[1] !== undefined, false);
  }
  for (const m of text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)) add(m[1]!, false, true);
  return found;
}

const folderOf = (path: string) => path.split('/')[0]!;
const within = (path: string, ...folders: string[]) =>
  folders.some((folder) => path.startsWith(`${folder}/`));
const isOurs = (path: string) => sources.has(path) || path.endsWith('.json');
const report = (broken: Import[]) => broken.map(({ from, to }) => `src/${from} imports ${to}`);

describe('the architecture', () => {
  it('sees every import of every file', () => {
    expect(files.length).toBeGreaterThan(50);
    const unknown = imports.filter(({ to }) => /\.tsx?$/.test(to) && !isOurs(to));
    expect(report(unknown), 'relative imports must name an existing file with its suffix').toEqual([]);
  });

  it('lets layerfs and pty import nothing of ours', () => {
    const broken = imports.filter(
      ({ from, to }) => within(from, 'layerfs', 'pty') && isOurs(to) && folderOf(from) !== folderOf(to),
    );
    expect(report(broken), 'hand in what they need as arguments instead').toEqual([]);
  });

  it('lets the engine import only layerfs, through its index', () => {
    const broken = imports.filter(
      ({ from, to }) =>
        within(from, 'engine') && isOurs(to) && !within(to, 'engine') && to !== 'layerfs/index.ts',
    );
    expect(
      report(broken),
      'the engine knows no ui and no pty; layerfs only through layerfs/index.ts',
    ).toEqual([]);
  });

  it('lets ui import engine and pty only through their doors', () => {
    const doors = ['engine/index.ts', 'pty/index.ts', 'pty/keys.ts'];
    const broken = imports.filter(
      ({ from, to }) => within(from, 'ui') && isOurs(to) && !within(to, 'ui') && !doors.includes(to),
    );
    expect(report(broken), `export it from ${doors.join(', ')}`).toEqual([]);
  });

  it('keeps React, Ink and terminals out of everything but their place', () => {
    const owners: Record<string, string[]> = {
      react: ['ui/screen'],
      ink: ['ui/screen'],
      'blessed-contrib': ['ui/screen'],
      blessed: ['ui/screen'],
      'node-pty': ['pty'],
      '@xterm/headless': ['pty'],
      'node-unix-socket': ['engine/runtime'],
      'node:sqlite': ['engine/state', 'layerfs/directory'],
      'node:http': ['engine/registry'],
      'node:https': ['engine/registry'],
    };
    const broken = imports.filter(({ from, to, isTypeOnly }) => {
      const owner = owners[to];
      return owner !== undefined && !isTypeOnly && !within(from, ...owner);
    });
    expect(report(broken), 'use the module of the owning folder instead').toEqual([]);
  });

  it('speaks HTTP only in the registry folder', () => {
    const broken = files.filter(
      (file) => !within(file, 'engine/registry') && /(?<![\w.])fetch\(/.test(sources.get(file)!),
    );
    expect(broken, 'use engine/registry, which bounds time, size and redirects').toEqual([]);
  });

  it('keeps the pure folders free of files, processes and sockets', () => {
    const pure = ['engine/oci', 'engine/types', 'ui/format', 'ui/cli/opts', 'ui/screen/state', 'layerfs/tar'];
    const outside = /^node:(fs|child_process|net|http|https|os|sqlite|dgram)(\/|$)/;
    const broken = imports.filter(({ from, to }) => within(from, ...pure) && outside.test(to));
    expect(report(broken), 'let the caller read or write, and pass values in').toEqual([]);
  });

  it('spawns programs only at the seams', () => {
    const seams = ['engine/command.ts', 'engine/runtime/conmon.ts'];
    const broken = imports.filter(
      ({ from, to }) =>
        to === 'node:child_process' &&
        !seams.includes(from) &&
        !within(from, 'layerfs', 'ui/screen', 'ui/terminal', 'ui/cli'),
    );
    expect(report(broken), 'call runCommand of engine/command.ts').toEqual([]);
  });

  it('reads the environment of the engine in one place', () => {
    const broken = files.filter(
      (file) =>
        within(file, 'engine') && file !== 'engine/config.ts' && /process\.env\b/.test(sources.get(file)!),
    );
    expect(broken, 'add it to engine/config.ts and pass it on').toEqual([]);
  });

  it('has no import cycle', () => {
    expect(findCycle(), 'move what both need into a third file').toBeUndefined();
  });

  it(`has no file over ${MAX_LINES} lines`, () => {
    const long = files.filter((file) => sources.get(file)!.split('\n').length > MAX_LINES + 1);
    expect(long, 'split it by what its parts do').toEqual([]);
  });

  it('has no drawer for odds and ends', () => {
    const drawers = files.filter((file) => /(^|\/)(utils?|helpers?|misc|common)(\/|\.tsx?$)/.test(file));
    expect(drawers, 'a helper lives beside its user, or in a module named after what it does').toEqual([]);
  });

  it('has no barrel but a folder index', () => {
    const barrels = files.filter((file) => {
      if (/(^|\/)index\.ts$/.test(file) || file === 'pty/keys.ts') return false;
      const code = sources
        .get(file)!
        .replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')
        .trim();
      return (
        code !== '' && code.split(/;\s*/).every((part) => part === '' || /^export\s.*\sfrom\s/s.test(part))
      );
    });
    expect(barrels, 'import from the file that has it').toEqual([]);
  });

  it("never uses Ink's own input: one router owns the keyboard", () => {
    const broken = files.filter((file) =>
      /\buseInput\b/.test(sources.get(file)!.replace(/\/\*[\s\S]*?\*\/|\/\/.*$/gm, '')),
    );
    expect(broken, 'add a binding to the key table').toEqual([]);
  });

  it('names only paths that exist in its documents', () => {
    const text = readFileSync(join(ROOT, 'ARCHITECTURE.md'), 'utf8');
    const named = [...text.matchAll(/`((?:src|test|scripts|bench)\/[\w./-]*[\w/])`/g)].map((m) => m[1]!);
    const known = new Set(readdirSync(ROOT, { recursive: false, encoding: 'utf8' }));
    expect(named.length).toBeGreaterThan(10);
    const missing = named.filter((path) => !known.has(folderOf(path)) || !exists(path));
    expect(missing, 'mend ARCHITECTURE.md').toEqual([]);
  });
});

function exists(path: string): boolean {
  try {
    readdirSync(join(ROOT, path));
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ENOTDIR';
  }
}

/** A cycle of run-time imports (type-only and lazy ones don't count), as a path. */
function findCycle(): string | undefined {
  const edges = new Map<string, string[]>();
  for (const { from, to, isTypeOnly, isLazy } of imports) {
    if (isTypeOnly || isLazy || !sources.has(to)) continue;
    edges.set(from, [...(edges.get(from) ?? []), to]);
  }
  const done = new Set<string>();
  const visit = (file: string, path: string[]): string | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file].join(' → ');
    if (done.has(file)) return undefined;
    for (const next of edges.get(file) ?? []) {
      const cycle = visit(next, [...path, file]);
      if (cycle !== undefined) return cycle;
    }
    done.add(file);
    return undefined;
  };
  for (const file of edges.keys()) {
    const cycle = visit(file, []);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}
