/** COPY and ADD: which files go where. Pure: works on the list of the source's files and what is known of the destination. */
import { comparePaths } from './context-files.ts';
import { compileIgnore } from './ignore.ts';
import { pathMatcher } from './path-match.ts';

/** What the planner needs of a source entry. */
export interface SourceEntry {
  path: string;
  type: string;
  linkTarget: string;
}

export interface CopyRequest {
  /** as written, variables expanded: 'src', '*.c', '.', '/etc/' */
  sources: readonly string[];
  /** absolute inside the image, '/' at its end kept */
  destination: string;
  /** the destination is a directory in the image already */
  isDirectory: boolean;
  /** --parents: keep the sources' own folders ('./' in a source marks where they begin) */
  keepsParents: boolean;
  /** --exclude patterns */
  exclude: readonly string[];
  /** ADD: of files with one target each is kept, as archives are unpacked */
  keepsAll?: boolean;
}

export interface PlannedEntry<T extends SourceEntry> {
  /** absolute path in the image */
  target: string;
  entry: T;
  /** a source names it itself, not a folder above it */
  isNamed: boolean;
  /** path of the source it comes with */
  source: string;
  /** counts what the sources name: what comes later replaces what came before */
  order: number;
}

/** A source is not there: told as it is written. */
export class NoMatchError extends Error {
  readonly source: string;
  constructor(source: string) {
    super(`"/${cleanSource(source)}": not found`);
    this.source = source;
  }
}

/** Is a part of a source a pattern (Go's filepath.Match)? */
export const hasWildcard = (part: string): boolean => /(^|[^\\])(\\\\)*[*?[]/.test(part);

/** A backslash protects the next character also where there is no wildcard, unless the file has it in its name, as Docker takes it. */
export const unescaped = (part: string): string => part.replace(/\\(.)/g, '$1');

/**
 * The entries of the new layer in path order; a later source wins over an earlier one at the same path, or comes behind it (keepsAll).
 * A source that is a folder gives its content, a file goes into a destination that is a folder, else becomes it (Docker's
 * builder reference, COPY); of files that one pattern names the last becomes it, as in BuildKit. Throws NoMatchError.
 */
export function planCopy<T extends SourceEntry>(
  files: ReadonlyMap<string, T>,
  request: CopyRequest,
): PlannedEntry<T>[] {
  const planned = new Map<string, PlannedEntry<T>>();
  const excluded = compileIgnore(request.exclude);
  const many = request.sources.length > 1;
  let order = -1;
  for (const source of request.sources) {
    const { found, pivot } = matchSource(files, source, request.keepsParents);
    const hasFolder = found.length > 1 && found.some(({ path }) => files.get(path)?.type === 'directory');
    const intoFolder = many || hasFolder || request.destination.endsWith('/') || request.isDirectory;
    for (const { path, name } of found) {
      order += 1;
      if (request.keepsParents)
        for (const entry of above(files, path, pivot)) {
          const target = targetOf(entry, entry.path, { ...request, intoFolder, pivot, name });
          if (target !== undefined)
            planned.set(target, { target, entry, isNamed: false, source: path, order });
        }
      for (const [entry, inside] of below(files, path)) {
        if (excluded.isIgnored(relativeTo(entry.path, path))) continue;
        const target = targetOf(entry, inside, { ...request, intoFolder, pivot, name });
        if (target === undefined) continue;
        const isNamed = inside === '';
        // no path has such a byte
        const key = isNamed && request.keepsAll ? `${target}\0${order}` : target;
        planned.set(key, { target, entry, isNamed, source: path, order });
      }
    }
  }
  return [...planned.values()].sort((a, b) => comparePaths(a.target, b.target));
}

/** Is there anything that the sources name? A pattern may match nothing (BuildKit's AllowEmptyWildcard). Throws NoMatchError. */
export function namesAnything(
  files: ReadonlyMap<string, SourceEntry>,
  { sources, keepsParents }: Pick<CopyRequest, 'sources' | 'keepsParents'>,
): boolean {
  return sources.some((source) => matchSource(files, source, keepsParents).found.length > 0);
}

const relativeTo = (path: string, base: string) =>
  base === '' || path === base ? path : path.slice(base.length + 1);

/** What a source names: its path with symlinks followed ('' = the whole context), and its own name. */
interface Found {
  path: string;
  name: string;
}

/** What a source names. `pivot` = where --parents begins to keep folders. Throws NoMatchError. */
function matchSource(
  files: ReadonlyMap<string, SourceEntry>,
  source: string,
  keepsParents: boolean,
): { found: Found[]; pivot: number } {
  const marker = source.indexOf('/./');
  const pivot = marker < 0 ? 0 : cleanSource(source.slice(0, marker)).split('/').filter(Boolean).length;
  const parts = cleanSource(source).split('/').filter(Boolean);
  const wild = parts.findIndex(hasWildcard);
  const fixed = wild < 0 ? parts : parts.slice(0, wild);
  const ways = [fixed, fixed.map(unescaped)].map((way) => ({
    path: followFolders(files, way),
    name: way.at(-1),
  }));
  const { path: base, name = '' } = ways.find(({ path }) => path !== undefined) ?? {};
  if (base === undefined) throw new NoMatchError(source);
  if (wild < 0) return { found: [{ path: base, name }], pivot };
  const paths = wildcardMatches(files, { base, parts: parts.slice(wild), keepsParents });
  const found = paths.map((path) => {
    const isLink = !keepsParents && files.get(path)?.type === 'symlink';
    const followed = isLink ? followFolders(files, path.split('/')) : path;
    if (followed === undefined) throw new NoMatchError(path);
    return { path: followed, name: path.slice(path.lastIndexOf('/') + 1) };
  });
  return { found, pivot };
}

/** `*` stays within a folder; only --parents knows `**` (builder reference, COPY --parents). */
export function wildcardMatches(
  files: ReadonlyMap<string, SourceEntry>,
  { base, parts, keepsParents }: { base: string; parts: readonly string[]; keepsParents: boolean },
): string[] {
  const prefix = base === '' ? '' : `${base}/`;
  const inside = [...files.keys()].filter((path) => path.startsWith(prefix));
  const matches = keepsParents ? deepMatcher(parts) : pathMatcher(parts.join('/'));
  return inside.filter((path) => matches(path.slice(prefix.length)));
}

function deepMatcher(parts: readonly string[]): (path: string) => boolean {
  const pattern = parts.join('/');
  const { isIgnored } = compileIgnore([pattern]);
  const isDeep = pattern.includes('**');
  return (path) => (isDeep || path.split('/').length === parts.length) && isIgnored(path);
}

/** Without leading '/', '.', and with '..' kept from leaving the root. */
export function cleanSource(path: string): string {
  const parts: string[] = [];
  for (const part of path.split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}

/** How many symlinks are followed before a loop is assumed; the kernel's limit. */
const MAX_LINKS = 40;

/** Resolves symlinks in a source's path inside the source's root; undefined when it leads nowhere. */
function followFolders(
  files: ReadonlyMap<string, SourceEntry>,
  parts: readonly string[],
): string | undefined {
  let links = 0;
  let rest = [...parts];
  let done: string[] = [];
  while (rest.length > 0) {
    const [part, ...behind] = rest;
    const here = [...done, part!].join('/');
    const entry = files.get(here);
    if (entry?.type === 'symlink') {
      links += 1;
      if (links > MAX_LINKS) return undefined;
      const base = entry.linkTarget.startsWith('/') ? '' : done.join('/');
      rest = [...cleanSource(`${base}/${entry.linkTarget}`).split('/').filter(Boolean), ...behind];
      done = [];
      continue;
    }
    if (entry === undefined && !hasBelow(files, here)) return undefined;
    done = [...done, part!];
    rest = behind;
  }
  return done.join('/');
}

/** Exceptions can bring back a file whose folder is left out. */
function hasBelow(files: ReadonlyMap<string, SourceEntry>, folder: string): boolean {
  for (const path of files.keys()) if (path.startsWith(`${folder}/`)) return true;
  return false;
}

/** `path` and all below it, with the path relative to it ('' for itself). */
function* below<T extends SourceEntry>(files: ReadonlyMap<string, T>, path: string): Generator<[T, string]> {
  const own = files.get(path);
  if (own !== undefined) yield [own, ''];
  if (own !== undefined && own.type !== 'directory') return;
  const prefix = path === '' ? '' : `${path}/`;
  for (const [candidate, entry] of files)
    if (candidate.startsWith(prefix)) yield [entry, candidate.slice(prefix.length)];
}

/** The folders over `path` that --parents makes, with the modes they have; `pivot` = how many of them it leaves out. */
function* above<T extends SourceEntry>(
  files: ReadonlyMap<string, T>,
  path: string,
  pivot: number,
): Generator<T> {
  const parts = path.split('/');
  for (let length = pivot + 1; length < parts.length; length += 1) {
    const folder = files.get(parts.slice(0, length).join('/'));
    if (folder?.type === 'directory') yield folder;
  }
}

interface Placement extends CopyRequest {
  intoFolder: boolean;
  pivot: number;
  name: string;
}

/** undefined = the folder itself, which the destination stands for. */
function targetOf(entry: SourceEntry, inside: string, placement: Placement): string | undefined {
  const base = placement.destination.replace(/\/+$/, '');
  if (placement.keepsParents) return `${base}/${entry.path.split('/').slice(placement.pivot).join('/')}`;
  if (inside !== '') return `${base}/${inside}`;
  if (entry.type === 'directory') return undefined;
  return placement.intoFolder ? `${base}/${placement.name}` : base;
}
