/** Reads `-v` values: '/host:/ctr[:mode]', 'name:/ctr[:mode]', '/ctr'. Rules and words of Docker's volume/mounts parser. Pure. */
import { posix } from 'node:path';
import { EngineError } from '../errors.ts';
import type { Mount } from '../types/config.ts';
import { checkMount } from './mount-spec.ts';

/** Words of a mode; at most one of each row. */
const MODE_GROUPS: readonly (readonly string[])[] = [
  ['rw', 'ro'],
  ['shared', 'slave', 'private', 'rshared', 'rslave', 'rprivate'],
  ['z', 'Z'],
  ['nocopy'],
  ['consistent', 'cached', 'delegated', 'default'],
];
const PROPAGATIONS = MODE_GROUPS[1]!;

interface BindSpec {
  mount: Mount;
  /** as given: 'ro,z' */
  mode: string;
}

/** Throws INVALID_ARGUMENT: `invalid volume specification: 'X'`, `invalid mode: X`. */
export function parseBind(raw: string): BindSpec {
  const parts = raw.split(':');
  const [first = '', second, mode = ''] = parts;
  const isModeOnly = parts.length === 2 && isValidMode(second!);
  if (first === '' || parts.length > 3 || isModeOnly || (parts.length > 1 && second === ''))
    throw invalidSpec(raw);
  if (!isValidMode(mode)) {
    throw new EngineError('INVALID_ARGUMENT', `invalid mode: ${mode}`, {
      hint: 'modes are ro, rw, z, Z, nocopy and propagation (rshared, rslave, …)',
    });
  }
  const mount = second === undefined ? { Source: '', Target: first } : { Source: first, Target: second };
  const words = mode.split(',');
  const propagation = words.find((word) => PROPAGATIONS.includes(word));
  const spec: Mount = {
    Type: mount.Source.startsWith('/') ? 'bind' : 'volume',
    ...mount,
    ReadOnly: words.includes('ro'),
    ...(propagation !== undefined && { BindOptions: { Propagation: propagation } }),
    ...(words.includes('nocopy') && { VolumeOptions: { NoCopy: true } }),
  };
  try {
    checkMount(spec);
  } catch (error) {
    throw error instanceof EngineError ? invalidSpec(raw, error.message) : error;
  }
  return { mount: { ...spec, Target: posix.normalize(spec.Target) }, mode };
}

function invalidSpec(raw: string, why?: string): EngineError {
  return new EngineError(
    'INVALID_ARGUMENT',
    `invalid volume specification: '${raw}'${why === undefined ? '' : `: ${why}`}`,
    {
      hint: "write it like '/host/path:/path:ro' or 'volume:/path'",
    },
  );
}

/** Empty is valid. */
export function isValidMode(mode: string): boolean {
  if (mode === '') return true;
  const words = mode.split(',');
  return (
    words.every((word) => MODE_GROUPS.some((group) => group.includes(word))) &&
    MODE_GROUPS.every((group) => words.filter((word) => group.includes(word)).length <= 1)
  );
}

/** 'container[:ro|rw]' of --volumes-from. Throws INVALID_ARGUMENT. */
export function parseVolumesFrom(spec: string): { container: string; isReadOnly: boolean } {
  const [container = '', mode = 'rw', ...rest] = spec.split(':');
  if (container === '')
    throw new EngineError('INVALID_ARGUMENT', 'volumes-from specification cannot be an empty string');
  if (
    rest.length > 0 ||
    !isValidMode(mode) ||
    mode.includes('nocopy') ||
    mode.split(',').some((word) => PROPAGATIONS.includes(word))
  ) {
    throw new EngineError('INVALID_ARGUMENT', `invalid mode: ${[mode, ...rest].join(':')}`, {
      hint: 'the mode of --volumes-from is ro or rw',
    });
  }
  return { container, isReadOnly: mode.split(',').includes('ro') };
}
