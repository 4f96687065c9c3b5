/** --mount type=…,source=…,target=… (docker/cli opts/mount.go's behaviour; test/data/cli-opts.json). Pure. */
import { posix } from 'node:path';
import type { Mount } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';
import { csvFields } from './csv.ts';

const FLAGS = new Set(['readonly', 'ro', 'volume-nocopy', 'bind-nonrecursive', 'bind-create-src']);

/** Reads one value. `cwd` makes a relative source of a bind mount absolute. Throws in Docker's words. */
export function parseMount(value: string, cwd: string): Mount {
  if (value.trim() === '') throw new Error('value is empty');
  const mount: Mount = { Type: 'volume', Target: '' };
  for (const field of csvFields(value.trim())) applyField(mount, field);
  if (mount.Target === '') throw new Error('target is required');
  refuseMixed(mount);
  if (mount.Source?.startsWith('.')) mount.Source = posix.resolve(cwd, mount.Source);
  return mount;
}

function applyField(mount: Mount, field: string): void {
  const equals = field.indexOf('=');
  const name = equals < 0 ? field : field.slice(0, equals);
  const key = name.toLowerCase();
  if (name !== name.trim())
    throw new Error(`invalid option '${name.trim()}' in '${field}': option should not have whitespace`);
  if (equals < 0 && !FLAGS.has(key)) throw new Error(`invalid field '${field}' must be a key=value pair`);
  const value = equals < 0 ? 'true' : field.slice(equals + 1);
  if (value.trim() === '') throw new Error(`invalid value for '${name}': value is empty`);
  if (value !== value.trim())
    throw new Error(`invalid value for '${name}' in '${field}': value should not have whitespace`);
  setOption(mount, key, value, field);
}

function setOption(mount: Mount, key: string, value: string, field: string): void {
  if (key.startsWith('bind-')) {
    setBind(mount, key, value, field);
    return;
  }
  if (key.startsWith('volume-')) {
    setVolume(mount, key, value, field);
    return;
  }
  if (key.startsWith('tmpfs-')) {
    setTmpfs(mount, key, value, field);
    return;
  }
  switch (key) {
    case 'type':
      mount.Type = mountType(value);
      return;
    case 'source':
    case 'src':
      mount.Source = value;
      return;
    case 'target':
    case 'dst':
    case 'destination':
      mount.Target = value;
      return;
    case 'readonly':
    case 'ro':
      if (truth(key, value)) mount.ReadOnly = true;
      return;
    case 'consistency':
      mount.Consistency = value.toLowerCase();
      return;
    default:
      throw new Error(`unknown option '${key}' in '${field}'`);
  }
}

/** Newer Docker's types. */
const NOT_YET = new Set(['cluster', 'image', 'npipe']);

/** What is no type at all the engine refuses, as Docker's does. */
function mountType(value: string): Mount['Type'] {
  const type = value.toLowerCase();
  if (NOT_YET.has(type)) throw new Error(`mount type '${type}' is not supported yet`);
  return type as Mount['Type'];
}

function setBind(mount: Mount, key: string, value: string, field: string): void {
  const isRecursive = key === 'bind-recursive' && value === 'enabled';
  if (isRecursive) return;
  mount.BindOptions ??= {};
  const options = mount.BindOptions;
  if (key === 'bind-propagation') options.Propagation = value.toLowerCase();
  else if (key === 'bind-create-src') {
    if (truth(key, value)) options.CreateMountpoint = true;
  } else if (key === 'bind-nonrecursive') {
    if (truth(key, value)) options.NonRecursive = true;
  } else if (key === 'bind-recursive' && value === 'disabled') options.NonRecursive = true;
  else if (key === 'bind-recursive') throw new Error(`option '${field}' is not supported yet`);
  else throw new Error(`unknown option '${key}' in '${field}'`);
}

function setVolume(mount: Mount, key: string, value: string, field: string): void {
  mount.VolumeOptions ??= {};
  const options = mount.VolumeOptions;
  if (key === 'volume-nocopy') {
    if (truth(key, value)) options.NoCopy = true;
  } else if (key === 'volume-label') options.Labels = { ...options.Labels, ...pair(value) };
  else if (key === 'volume-driver')
    options.DriverConfig = { Name: value, Options: options.DriverConfig?.Options ?? {} };
  else if (key === 'volume-opt') {
    options.DriverConfig = {
      Name: options.DriverConfig?.Name ?? '',
      Options: { ...options.DriverConfig?.Options, ...pair(value) },
    };
  } else if (key === 'volume-subpath') throw new Error(`option '${field}' is not supported yet`);
  else throw new Error(`unknown option '${key}' in '${field}'`);
}

function setTmpfs(mount: Mount, key: string, value: string, field: string): void {
  mount.TmpfsOptions ??= {};
  if (key === 'tmpfs-size') {
    try {
      mount.TmpfsOptions.SizeBytes = ramInBytes(value);
    } catch {
      throw new Error(`invalid value for ${key}: ${value}`);
    }
  } else if (key === 'tmpfs-mode') {
    const mode = /^[0-7]+$/.test(value) ? Number.parseInt(value, 8) : Number.NaN;
    if (!(mode < 2 ** 32)) throw new Error(`invalid value for ${key}: ${value}`);
    mount.TmpfsOptions.Mode = mode;
  } else throw new Error(`unknown option '${key}' in '${field}'`);
}

function pair(value: string): Record<string, string> {
  const equals = value.indexOf('=');
  const name = equals < 0 ? value : value.slice(0, equals);
  return name === '' ? {} : { [name]: equals < 0 ? '' : value.slice(equals + 1) };
}

function truth(key: string, value: string): boolean {
  if (value === 'true' || value === '1') return true;
  if (value === 'false' || value === '0') return false;
  throw new Error(
    `invalid value for '${key}': invalid boolean value (${JSON.stringify(value)}): must be one of "true", "1", "false", or "0" (default "true")`,
  );
}

function refuseMixed(mount: Mount): void {
  const given = { bind: mount.BindOptions, volume: mount.VolumeOptions, tmpfs: mount.TmpfsOptions };
  for (const [kind, options] of Object.entries(given)) {
    if (options !== undefined && kind !== mount.Type) {
      throw new Error(`cannot mix '${kind}-*' options with mount type '${mount.Type}'`);
    }
  }
}
