/** Where the mounts of a container really end up: an image's symlinks may lead them over /proc and /sys. */
import { readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, EngineError } from '../errors.ts';
import type { Mount } from '../types/config.ts';
import { checkTarget } from './mount-spec.ts';

/** The kernel's own limit (path_resolution(7)). */
const LINK_LIMIT = 40;

/** A mount to come. `Source` is a path of the host; '' for a tmpfs. */
export type Target = Pick<Mount, 'Type' | 'Target'> & { Source: string };

/**
 * Refuses mounts that get round masking by a symlink of the image or of a volume (CVE-2019-16884, CVE-2019-19921, CVE-2023-27561):
 * runc refuses some of them itself, crun none. Throws INVALID_ARGUMENT.
 */
export function checkTargets(rootfs: string, targets: readonly Target[]): void {
  const mounted = new Map<string, string>();
  for (const target of [...targets].sort((a, b) => (a.Target < b.Target ? -1 : 1))) {
    const place = resolveTarget(rootfs, target.Target, mounted);
    checkTarget({ ...target, Target: place }, target.Target);
    mounted.set(place, target.Source);
  }
}

/** The destination with its links resolved inside the root, below mounts in their sources; what is missing is taken as it stands. */
function resolveTarget(rootfs: string, path: string, mounted: ReadonlyMap<string, string>): string {
  const pending = components(path);
  let done: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const name = pending.shift()!;
    if (name === '..') {
      done.pop();
      continue;
    }
    const link = linkAt(rootfs, [...done, name], mounted);
    if (link === undefined) {
      done.push(name);
      continue;
    }
    links += 1;
    if (links > LINK_LIMIT)
      throw new EngineError('INVALID_ARGUMENT', `${path}: too many levels of symbolic links`);
    if (link.startsWith('/')) done = [];
    pending.unshift(...components(link));
  }
  return `/${done.join('/')}`;
}

const components = (path: string): string[] => path.split('/').filter((name) => name !== '' && name !== '.');

/** A volume's own link, else the image's, which may be copied into the volume at this very start. */
function linkAt(
  rootfs: string,
  parts: readonly string[],
  mounted: ReadonlyMap<string, string>,
): string | undefined {
  if (mounted.has(`/${parts.join('/')}`)) return undefined;
  for (let length = parts.length - 1; length > 0; length -= 1) {
    const source = mounted.get(`/${parts.slice(0, length).join('/')}`);
    if (source === undefined) continue;
    const link = source === '' ? undefined : readLink(join(source, ...parts.slice(length)));
    if (link !== undefined) return link === '' ? undefined : link;
    break;
  }
  return readLink(join(rootfs, ...parts)) || undefined;
}

/** '' for what is there and no link, undefined for what is missing. */
function readLink(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch (error) {
    if (codeOf(error) === 'EINVAL') return '';
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ENOTDIR') return undefined;
    throw error;
  }
}
