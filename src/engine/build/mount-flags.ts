/** The fields of RUN --mount (builder reference, "RUN --mount"). Pure. */
import { DockerfileError } from './dockerfile/errors.ts';
import type { RunInstruction } from './run-step.ts';

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
  size?: string;
  sharing: 'shared' | 'private' | 'locked';
}

const BOOLEAN = new Set(['', 'true', '1']);

/** Reads the flags of a RUN. Throws DockerfileError: unknown type or key, missing value. */
export function readMountFlags(instruction: RunInstruction): MountFlag[] {
  return (instruction.flags.mount ?? []).map((text) => readMountFlag(text, instruction));
}

function readMountFlag(text: string, instruction: RunInstruction): MountFlag {
  const fail = (message: string): never => {
    throw new DockerfileError(message, instruction);
  };
  const mount: MountFlag = { type: 'bind', required: false, uid: 0, gid: 0, sharing: 'shared' };
  for (const field of text.split(',')) {
    const equals = field.indexOf('=');
    const key = (equals < 0 ? field : field.slice(0, equals)).trim().toLowerCase();
    const value = equals < 0 ? '' : field.slice(equals + 1);
    const number = () => (/^\d+$/.test(value) ? Number(value) : fail(`invalid value for ${key}: ${value}`));
    switch (key) {
      case 'type':
        if (!['bind', 'cache', 'tmpfs', 'secret', 'ssh'].includes(value))
          fail(`unsupported mount type ${JSON.stringify(value)}`);
        mount.type = value as MountFlag['type'];
        break;
      case 'target':
      case 'dst':
      case 'destination':
        mount.target = value;
        break;
      case 'source':
      case 'src':
        mount.source = value;
        break;
      case 'from':
      case 'id':
      case 'env':
      case 'size':
        mount[key] = value;
        break;
      case 'ro':
      case 'readonly':
        mount.readOnly = BOOLEAN.has(value);
        break;
      case 'rw':
      case 'readwrite':
        mount.readOnly = !BOOLEAN.has(value);
        break;
      case 'required':
        mount.required = BOOLEAN.has(value);
        break;
      case 'mode':
        mount.mode = /^[0-7]+$/.test(value)
          ? Number.parseInt(value, 8)
          : fail(`invalid value for mode: ${value}`);
        break;
      case 'uid':
      case 'gid':
        mount[key] = number();
        break;
      case 'sharing':
        if (!['shared', 'private', 'locked'].includes(value))
          fail(`unsupported sharing value ${JSON.stringify(value)}`);
        mount.sharing = value as MountFlag['sharing'];
        break;
      default:
        fail(`unexpected key '${key}' in '${field}'`);
    }
  }
  const needsTarget = mount.type === 'bind' || mount.type === 'cache' || mount.type === 'tmpfs';
  if (needsTarget && !mount.target)
    fail(`invalid mount config for type "${mount.type}": field Target must not be empty`);
  return mount;
}
