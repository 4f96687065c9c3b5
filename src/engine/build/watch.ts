/** `build --watch`: tells what changed in a context, without what .dockerignore leaves out, bursts as one. */
import { relative } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { EngineError } from '../errors.ts';
import type { BuildOptions } from '../types/build.ts';
import { contextFiles } from './definition.ts';
import { compileIgnore } from './ignore.ts';

/** A change is told when nothing else has changed for this long: editors and checkouts write many files. */
const QUIET_MS = 150;
/** … and at the latest after this. */
const LONGEST_MS = 2000;
/** A timer this late tells that we did not run ourselves: that is no quiet. */
const LATE_MS = 50;

/**
 * Yields the paths that changed (relative to the context, sorted), one list a burst, until the signal aborts. The first list is empty:
 * from then on nothing is missed. Throws INVALID_ARGUMENT for a context that is no folder.
 */
export async function* watchContext(options: BuildOptions): AsyncGenerator<string[], void, void> {
  if (options.context.type !== 'folder')
    throw new EngineError('INVALID_ARGUMENT', 'only a folder can be watched', {
      hint: 'build without --watch',
    });
  const { root, dockerfile, ignoreFile, patterns } = contextFiles(options);
  const ignore = compileIgnore(await patterns);
  // the Dockerfile and its ignore file count even where the patterns name them
  const always = new Set([dockerfile, ignoreFile]);
  const isIgnored = (path: string) => {
    const inside = relative(root, path);
    return inside !== '' && !inside.startsWith('..') && !always.has(path) && ignore.isIgnored(inside);
  };
  const { watch } = await import('chokidar');
  const watcher = watch([root, ...[...always].filter((path) => relative(root, path).startsWith('..'))], {
    ignored: (path, stats) => isIgnored(path) && !(ignore.hasExceptions && stats?.isDirectory() !== false),
    ignoreInitial: true,
    followSymlinks: false,
  });
  const changed = new Set<string>();
  let wake = () => {};
  let lastMs = 0;
  let firstMs = 0;
  watcher.on('all', (_event, path) => {
    if (isIgnored(path)) return;
    lastMs = Date.now();
    if (changed.size === 0) firstMs = lastMs;
    changed.add(relative(root, path) || '.');
    wake();
  });
  const { signal } = options;
  const onAbort = () => wake();
  signal?.addEventListener('abort', onAbort);
  try {
    await new Promise<void>((ready, reject) => watcher.once('ready', ready).once('error', reject));
    yield [];
    while (!signal?.aborted) {
      const quietMs = Math.min(lastMs + QUIET_MS, firstMs + LONGEST_MS) - Date.now();
      if (changed.size > 0 && quietMs <= 0) {
        const paths = [...changed].sort();
        changed.clear();
        yield paths;
        continue;
      }
      const lateMs = await new Promise<number>((resolve) => {
        wake = () => resolve(0);
        if (changed.size > 0) void oversleep(quietMs).then(resolve);
      });
      if (lateMs > LATE_MS) [firstMs, lastMs] = [firstMs + lateMs, Date.now()];
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    await watcher.close();
  }
}

/** Waits, and returns how much longer than that it took. */
async function oversleep(ms: number): Promise<number> {
  const dueMs = Date.now() + ms;
  await sleep(ms);
  return Date.now() - dueMs;
}
