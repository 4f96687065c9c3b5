/**
 * Loads the program's bundles with the code that V8 compiled in an earlier run. Node's own compile cache is written before a module
 * runs, so it lacks all functions that are compiled when they are first called: a third of a command's time.
 */
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { Script } from 'node:vm';

export interface BundleCache {
  /** only the caller and root can change it: what lies there is run */
  folder: string;
  /** tells this build's bundles from all others: V8 compares no more than a source's length */
  build: string;
  /** what is run, as commands use different functions */
  purpose: string;
}

/** Other builds' folders stay when they are this young, and a few in any case: versions in use side by side must not chase each other. */
const KEPT_MS = 24 * 60 * 60 * 1000;
const KEPT_BUILDS = 2;
/** Programs that run this long keep their code before they end: by then they have drawn and idle. */
const SOON_MS = 5000;

type Load = (id: string) => unknown;

/** What a bundle that is a part of a program lets others have of it, by the modules' paths (scripts/parts.mjs). */
interface Part {
  modules: Record<string, () => unknown>;
}

type Body = (exports: unknown, require: Load, module: object, filename: string, dirname: string) => void;

/**
 * A `require` that loads the bundles beside `directory`'s main program by itself, and leaves the rest to Node's. './NAME.cjs' is a
 * bundle, './NAME.cjs#MODULE' a module of one. `first` names a file that holds several.
 */
export function bundleLoader(
  directory: string,
  require: Load,
  cache: BundleCache | undefined,
  first?: string,
): Load {
  const fileOf = (id: string) => directory + id.slice(1); // './NAME.cjs'
  const bodies = new Map<string, Body>();
  const bundles = new Map<string, { exports: unknown }>();
  const modules = new Map<string, unknown>();
  const loadBundle: Load = (id) => {
    const known = bundles.get(id);
    if (known !== undefined) return known.exports;
    const module = { exports: {} };
    bundles.set(id, module);
    if (!bodies.has(id)) read(id);
    bodies.get(id)!(module.exports, load, module, fileOf(id), directory);
    return module.exports;
  };
  const find: Load = (id) => {
    // a pattern would have to be compiled
    if (!id.startsWith('./')) return require(id);
    const mark = id.indexOf('#');
    if (mark < 0) return loadBundle(id);
    return (loadBundle(id.slice(0, mark)) as Part).modules[id.slice(mark + 1)]!();
  };
  // each of a hundred modules asks for node:fs, which Node's own require looks up anew
  const load: Load = (id) => {
    const known = modules.get(id);
    if (known !== undefined) return known;
    const found = find(id);
    modules.set(id, found);
    return found;
  };
  const read = (id: string) => {
    const filename = fileOf(id);
    const source = readFileSync(filename, 'utf8'); // ASCII, which Node reads in one call; a table of functions when it was built
    const script = cache === undefined ? new Script(source, { filename }) : compile(source, filename, cache);
    const table = script.runInThisContext() as Record<string, Body>;
    for (const name in table) bodies.set(name, table[name]!);
  };
  const compile = (source: string, filename: string, { folder, build, purpose }: BundleCache) => {
    const file = `${folder}/${build}/${basename(filename, '.cjs')}-${purpose}`;
    const script = new Script(source, { filename, cachedData: readCode(file) });
    if (script.cachedDataRejected !== false) atEnd(() => keepCode(file, script.createCachedData()));
    return script;
  };
  if (first !== undefined) read(first);
  return load;
}

function readCode(file: string): Buffer | undefined {
  try {
    return readFileSync(file);
  } catch {
    return undefined; // the first run
  }
}

/** When all is compiled that will be. */
function atEnd(job: () => void): void {
  const run = () => {
    clearTimeout(timer);
    process.off('exit', run);
    try {
      job();
    } catch {
      // a cache is only for speed
    }
  };
  const timer = setTimeout(run, SOON_MS).unref();
  process.on('exit', run);
}

/** Flushed before it gets its name: V8 checks no sums. */
function keepCode(file: string, code: Buffer): void {
  const folder = join(file, '..');
  if (mkdirSync(folder, { recursive: true, mode: 0o700 }) !== undefined) removeOldBuilds(join(folder, '..'));
  const aside = `${file}.${process.pid}`;
  writeFileSync(aside, code, { mode: 0o600, flush: true });
  renameSync(aside, file);
}

const BUILD = /^[0-9a-f]{16}$/;

function removeOldBuilds(folder: string): void {
  const builds = readdirSync(folder)
    .filter((name) => BUILD.test(name))
    .map((name) => ({ path: join(folder, name), madeMs: statSync(join(folder, name)).mtimeMs }))
    .sort((a, b) => b.madeMs - a.madeMs);
  for (const { path, madeMs } of builds.slice(KEPT_BUILDS + 1))
    if (Date.now() - madeMs > KEPT_MS) rmSync(path, { recursive: true, force: true });
}
