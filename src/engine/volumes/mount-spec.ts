/** Checks `--mount` objects, with the words of Docker's mount validation. Pure: whether a source exists is asked elsewhere. */
import { posix } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Mount } from '../types/config.ts';

const PROPAGATIONS = ['', 'private', 'rprivate', 'shared', 'rshared', 'slave', 'rslave'];

/** What may be mounted over below /proc (runc's list): all else would get round masking (CVE-2019-16884). */
const PROC_ALLOWED = new Set(
  [
    'cpuinfo',
    'diskstats',
    'meminfo',
    'stat',
    'swaps',
    'uptime',
    'loadavg',
    'slabinfo',
    'net/dev',
    'sys/kernel/ns_last_pid',
  ].map((name) => `/proc/${name}`),
);

/** Throws INVALID_ARGUMENT: `invalid mount config for type "T": why`. */
export function checkMount(mount: Mount): void {
  const why = problem(mount);
  if (why !== undefined) throw mountError(mount.Type, why);
}

/** Checks where a mount that was asked for at `asked` ends up when links are resolved. Throws INVALID_ARGUMENT. */
export function checkTarget(mount: Mount, asked: string): void {
  const why =
    posix.normalize(mount.Target) === '/'
      ? "invalid specification: destination can't be '/'"
      : protectedTarget(mount);
  if (why !== undefined) throw mountError(mount.Type, `${asked} is a symlink in the image: ${why}`);
}

export function mountError(type: string, why: string): EngineError {
  return new EngineError('INVALID_ARGUMENT', `invalid mount config for type "${type}": ${why}`, {
    hint: hintFor(why),
  });
}

function hintFor(why: string): string {
  return why.includes('does not exist')
    ? 'make the path first; -v makes missing folders, --mount does not'
    : 'see: boxtop run --help';
}

function problem(mount: Mount): string | undefined {
  const { Target } = mount;
  if (!Target) return 'field Target must not be empty';
  if (posix.normalize(Target) === '/') return "invalid specification: destination can't be '/'";
  if (!Target.startsWith('/')) return `invalid mount path: '${Target}' mount path must be absolute`;
  if (hasControl(Target) || hasControl(mount.Source ?? '')) return 'paths must not have NUL or line ends';
  return protectedTarget(mount) ?? problemOfType(mount);
}

// a line end would forge lines of the mount table
const hasControl = (path: string): boolean => /[\0\n]/.test(path);

function protectedTarget({ Type, Source = '', Target }: Mount): string | undefined {
  const target = withoutTrailingSlash(posix.normalize(Target));
  const isProc = target === '/proc' || target.startsWith('/proc/');
  const isSys = target === '/sys' || target.startsWith('/sys/');
  if ((isProc && PROC_ALLOWED.has(target)) || (!isProc && !isSys)) return undefined;
  // the host's own /sys shown at its place (monitoring agents, systemd in a container) hides nothing
  if (isSys && Type === 'bind' && withoutTrailingSlash(posix.normalize(Source)) === target) return undefined;
  return `invalid mount path: '${Target}' mount path must not be inside ${isProc ? '/proc' : '/sys'}`;
}

function problemOfType(mount: Mount): string | undefined {
  const { Type, Source = '' } = mount;
  if (Type === 'bind') {
    if (Source === '') return 'field Source must not be empty';
    if (!PROPAGATIONS.includes(mount.BindOptions?.Propagation ?? ''))
      return `invalid propagation mode: ${mount.BindOptions?.Propagation}`;
    if (mount.VolumeOptions !== undefined) return 'field VolumeOptions must not be specified';
    return Source.startsWith('/') ? undefined : `invalid mount path: '${Source}' mount path must be absolute`;
  }
  if (Type === 'volume') {
    if (mount.BindOptions !== undefined) return 'field BindOptions must not be specified';
    return Source === '' && mount.ReadOnly
      ? 'must not set ReadOnly mode when using anonymous volumes'
      : undefined;
  }
  if (Type !== 'tmpfs') return 'mount type unknown';
  if (mount.BindOptions !== undefined) return 'field BindOptions must not be specified';
  if (Source !== '') return 'field Source must not be specified';
  return mount.VolumeOptions === undefined ? undefined : 'field VolumeOptions must not be specified';
}

function withoutTrailingSlash(path: string): string {
  return path.length > 1 ? path.replace(/\/+$/, '') : path;
}

/** A destination in the one form that duplicates are told by. */
export const cleanTarget = (target: string): string => withoutTrailingSlash(posix.normalize(target));
