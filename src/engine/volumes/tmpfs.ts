/** Options of tmpfs mounts, from --tmpfs and --mount type=tmpfs. Pure. */
import { EngineError } from '../errors.ts';
import type { Mount } from '../types/config.ts';

/** Docker's defaults for both. */
const DEFAULTS = ['noexec', 'nosuid', 'nodev'];
/** Word → the word it undoes. */
const OPPOSITES: Readonly<Record<string, string>> = {
  exec: 'noexec',
  suid: 'nosuid',
  dev: 'nodev',
  rw: 'ro',
  async: 'sync',
  atime: 'noatime',
  diratime: 'nodiratime',
};
const FLAGS = new Set([
  ...Object.keys(OPPOSITES),
  ...Object.values(OPPOSITES),
  'defaults',
  'relatime',
  'strictatime',
]);
const VALUES = new Set(['size', 'mode', 'uid', 'gid', 'nr_inodes', 'nr_blocks', 'mpol']);

/** '--tmpfs /x:size=64m,exec'. Throws INVALID_ARGUMENT in Docker's words. */
export function tmpfsOptions(text: string): string[] {
  const asked = text.split(',').filter((word) => word !== '');
  for (const word of asked) {
    const [key = '', value] = word.split('=');
    if (value === undefined ? FLAGS.has(word) : VALUES.has(key) && value !== '') continue;
    throw new EngineError('INVALID_ARGUMENT', `invalid tmpfs option ["${word}"]`, {
      hint: `options are: ${[...VALUES].join('=, ')}=, exec, suid, dev, ro`,
    });
  }
  const undone = new Set(
    asked.flatMap((word) => [
      OPPOSITES[word] ?? '',
      ...Object.keys(OPPOSITES).filter((key) => OPPOSITES[key] === word),
    ]),
  );
  const kept = [...DEFAULTS, ...asked].filter(
    (word) => word !== 'defaults' && (asked.includes(word) || !undone.has(word)),
  );
  return [...new Set(kept)];
}

/** --mount type=tmpfs,tmpfs-size=,tmpfs-mode=,readonly. */
export function mountTmpfsOptions(mount: Mount | undefined): string[] {
  const { SizeBytes, Mode } = mount?.TmpfsOptions ?? {};
  return [
    ...DEFAULTS,
    ...(mount?.ReadOnly ? ['ro'] : []),
    ...(Mode ? [`mode=${(Mode & 0o7777).toString(8)}`] : []),
    ...(SizeBytes ? [`size=${SizeBytes}`] : []),
  ];
}
