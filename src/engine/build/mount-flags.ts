/** The fields of RUN --mount (builder reference, "RUN --mount"). Pure. */
import { DockerfileError } from './dockerfile/errors.ts';
import type { RunInstruction } from './run-command.ts';

/** One --mount flag, read. */
export interface MountFlag {
  type: 'bind' | 'cache' | 'tmpfs' | 'secret' | 'ssh';
  target?: string;
  source?: string;
  from?: string;
  id?: string;
  env?: string;
  readOnly?: boolean;
  required: boolean;
  mode?: number;
  uid: number;
  gid: number;
  sizeBytes?: number;
  sharing: 'shared' | 'private' | 'locked';
}

const TYPES = ['bind', 'cache', 'tmpfs', 'secret', 'ssh'] as const;
const SHARING = ['shared', 'private', 'locked'] as const;
/** Go's strconv.ParseBool. */
const TRUE = new Set(['1', 't', 'T', 'true', 'TRUE', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False']);

type Fail = (message: string) => never;
type Given = Partial<MountFlag> & Pick<MountFlag, 'type'>;

/**
 * Reads the flags of a RUN; `expand` puts variables into each value. A key counts for the type that was given before it.
 * Throws DockerfileError: unknown type or key, missing value, a key that the type has not.
 */
export function readMountFlags(instruction: RunInstruction, expand: (text: string) => string): MountFlag[] {
  const fail: Fail = (message) => {
    throw new DockerfileError(message, instruction);
  };
  return (instruction.flags.mount ?? []).map((text) => readMountFlag(text, expand, fail));
}

function readMountFlag(text: string, expand: (text: string) => string, fail: Fail): MountFlag {
  const given: Given = { type: 'bind' };
  for (const field of fieldsOf(text, fail)) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).toLowerCase();
    const written = equals < 0 ? undefined : field.slice(equals + 1);
    if (key === 'from' && written !== undefined && /\$./s.test(written))
      fail("'from' doesn't support variable expansion, define alias stage instead");
    if (written === undefined) setSwitch(given, key, field, fail);
    else setField(given, { key, value: expand(written), field }, fail);
  }
  checkMount(given, fail);
  return { required: false, uid: 0, gid: 0, sharing: 'shared', ...given };
}

/** One line of comma-separated values; a field may stand in double quotes. */
function fieldsOf(text: string, fail: Fail): string[] {
  const fields = [...text.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"(?=,|$)|([^",]*)(?=,|$))/gy)];
  const length = fields.reduce((sum, [whole]) => sum + whole.length, 0);
  if (length !== text.length) fail('failed to parse csv mounts: bare " in non-quoted field');
  return fields.map(([, quoted, plain]) => quoted?.replaceAll('""', '"') ?? plain!);
}

function setSwitch(given: Given, key: string, field: string, fail: Fail): void {
  if (key === 'readonly' || key === 'ro') given.readOnly = true;
  else if (key === 'readwrite' || key === 'rw') given.readOnly = false;
  else if (key === 'required') given.required = allowed(given, key, ['secret', 'ssh'], fail);
  else fail(`invalid field '${field}' must be a key=value pair`);
}

/** true, or the key is refused for this type. */
function allowed(given: Given, key: string, types: readonly MountFlag['type'][], fail: Fail): true {
  if (types.includes(given.type)) return true;
  return fail(`unexpected key '${key}' for mount type '${given.type}'`);
}

function setField(
  given: Given,
  { key, value, field }: { key: string; value: string; field: string },
  fail: Fail,
): void {
  const truth = () => TRUE.has(value) || (!FALSE.has(value) && fail(`invalid value for ${key}: ${value}`));
  const lower = value.toLowerCase();
  switch (key) {
    case 'type':
      given.type = TYPES.find((type) => type === lower) ?? fail(`unsupported mount type "${value}"`);
      break;
    case 'target':
    case 'dst':
    case 'destination':
      given.target = value;
      break;
    case 'source':
    case 'src':
      given.source = value;
      break;
    case 'from':
    case 'id':
    case 'env':
      given[key] = value;
      break;
    case 'size':
      allowed(given, key, ['tmpfs'], fail);
      given.sizeBytes = sizeOf(value, fail);
      break;
    case 'ro':
    case 'readonly':
      given.readOnly = truth();
      break;
    case 'rw':
    case 'readwrite':
      given.readOnly = !truth();
      break;
    case 'required':
      allowed(given, key, ['secret', 'ssh'], fail);
      given.required = truth();
      break;
    case 'mode':
    case 'uid':
    case 'gid':
      given[key] = idOf(key, value, fail);
      break;
    case 'sharing':
      given.sharing = SHARING.find((one) => one === lower) ?? fail(`unsupported sharing value "${value}"`);
      break;
    default:
      fail(`unexpected key '${key}' in '${field}'`);
  }
}

/** '64m', '1.5 GiB': powers of 1024. */
function sizeOf(value: string, fail: Fail): number {
  const [, amount, unit = ''] = /^(\d+(?:\.\d+)?) ?(?:([kmgtp])i?b?|b)?$/i.exec(value) ?? [];
  if (amount === undefined) return fail(`invalid value for size: ${value}`);
  return Math.trunc(Number(amount) * 1024 ** ' kmgtp'.indexOf(unit.toLowerCase() || ' '));
}

/** 32 bits; a mode is octal. */
function idOf(key: 'mode' | 'uid' | 'gid', value: string, fail: Fail): number {
  const id = key === 'mode' ? Number.parseInt(value, 8) : Number(value);
  const isNumber = (key === 'mode' ? /^[0-7]+$/ : /^\d+$/).test(value);
  return isNumber && id < 2 ** 32 ? id : fail(`invalid value ${value} for ${key}`);
}

/** What the types don't go with (buildkit, parseMount). */
function checkMount({ type, ...given }: Given, fail: Fail): void {
  if (type === 'bind' || type === 'tmpfs') {
    const owner = (['mode', 'uid', 'gid'] as const).find((key) => given[key] !== undefined);
    if (owner !== undefined) fail(`${owner} not allowed for "${type}" type mounts`);
  }
  if (type === 'secret') {
    if (given.from) fail('secret mount should not have a from');
    if (given.sharing !== undefined) fail('secret mount should not define sharing');
    if (!given.source && !given.target && !given.id)
      fail('invalid secret mount. one of source, target required');
    if (given.source && given.id) fail("both source and id can't be set");
  }
  if (given.sharing !== undefined && type !== 'cache') fail(`invalid cache sharing set for ${type} mount`);
  if (type !== 'secret' && type !== 'ssh' && !given.target)
    fail(`invalid mount config for type "${type}": field Target must not be empty`);
}
