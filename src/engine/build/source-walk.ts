/** The part of a root that the sources of a COPY name; the rest of it is not looked at. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { type ContextFile, comparePaths, describePath, diskPath, walkContext } from './context-files.ts';
import { cleanSource, hasWildcard, unescaped, wildcardMatches } from './copy-plan.ts';
import { compileIgnore } from './ignore.ts';

/** As the kernel's limit for one lookup. */
const MAX_LINKS = 40;
const NOTHING_IGNORED = compileIgnore([]);

/**
 * What lies at and below the sources, and the entries on the way to them, symlinks inside the root followed. Nothing may change the
 * root meanwhile. A source that is not there gives nothing.
 */
export async function walkSources(
  root: string,
  sources: readonly string[],
  signal?: AbortSignal,
): Promise<Map<string, ContextFile>> {
  const files = new Map<string, ContextFile>();
  for (const source of sources) {
    const parts = cleanSource(source).split('/').filter(Boolean);
    const wild = parts.findIndex(hasWildcard);
    const fixed = wild < 0 ? parts : parts.slice(0, wild);
    const below = walkTo(root, fixed, files) ?? walkTo(root, fixed.map(unescaped), files);
    if (below === undefined) continue;
    const walked = await walkContext(root, NOTHING_IGNORED, { below, signal });
    for (const [path, file] of walked) files.set(path, file);
    if (wild < 0) continue;
    const wanted = { base: below, parts: parts.slice(wild), keepsParents: false };
    for (const path of wildcardMatches(walked, wanted)) {
      const target = walked.get(path)?.type === 'symlink' ? walkTo(root, path.split('/'), files) : undefined;
      if (target === undefined) continue;
      for (const [inside, file] of await walkContext(root, NOTHING_IGNORED, { below: target, signal }))
        files.set(inside, file);
    }
  }
  return new Map([...files].sort(([a], [b]) => comparePaths(a, b)));
}

/** Notes the entries on the way; returns the folder it ends in, undefined for anything else. */
function walkTo(root: string, parts: readonly string[], files: Map<string, ContextFile>): string | undefined {
  const left = [...parts].reverse();
  let done: string[] = [];
  for (let links = 0; left.length > 0; ) {
    const here = [...done, left.pop()!].join('/');
    if (lstatSync(diskPath(join(root, here)), { throwIfNoEntry: false }) === undefined) return undefined;
    const entry = describePath(root, here);
    if (entry === undefined) return undefined;
    files.set(here, entry);
    if (entry.type !== 'directory' && entry.type !== 'symlink') return undefined;
    if (entry.type === 'directory') {
      done = here.split('/');
      continue;
    }
    links += 1;
    if (links > MAX_LINKS) return undefined;
    const base = entry.linkTarget.startsWith('/') ? '' : done.join('/');
    const target = cleanSource(`${base}/${entry.linkTarget}`).split('/').filter(Boolean);
    left.push(...target.reverse());
    done = [];
  }
  return done.join('/');
}
