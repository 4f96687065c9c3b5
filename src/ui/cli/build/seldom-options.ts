/** Flags of `build` that few builds have: labels, secrets, agents, hosts, the size of /dev/shm. */
import { existsSync } from 'node:fs';
import type { BuildOptions } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';
import { callerEnvironment, fileText } from '../caller.ts';
import type { FlagValues } from '../flags.ts';
import { parseAddHost } from '../opts/addresses.ts';
import { csvFields } from '../opts/csv.ts';
import { checkLabel, keyValues } from '../opts/key-values.ts';
import { PlainError } from '../plain-error.ts';

/** Throws PlainError in the words of Docker's client. */
export function readSeldom(flags: FlagValues): Partial<BuildOptions> {
  const shm = flags.string('shm-size');
  return {
    ...(shm !== undefined && { shmSizeBytes: ramInBytes(shm) }),
    labels: keyValues(flags.list('label').map(checkLabel)),
    secrets: Object.fromEntries(flags.list('secret').map(readSecret)),
    ssh: Object.fromEntries(flags.list('ssh').map(readAgent)),
    addHosts: flags.list('add-host').map(parseAddHost),
  };
}

/** id=ID[,src=FILE|,env=NAME]: the variable called ID when there is one, else the file (buildx, "--secret"). */
function readSecret(text: string): [string, { file?: string; value?: Buffer }] {
  const fields = fieldsOf(text, '--secret', ['id', 'src', 'source', 'env', 'type']);
  const { id = '', type, env } = fields;
  const source = fields['src'] ?? fields['source'];
  if (id === '') throw new PlainError(`ERROR: --secret ${text}: id is missing`);
  const variable =
    env ?? (type === 'env' ? (source ?? id) : source === undefined && type !== 'file' ? id : undefined);
  const value = variable === undefined ? undefined : callerEnvironment()[variable];
  if (value !== undefined) return [id, { value: Buffer.from(value) }];
  if (env !== undefined || type === 'env')
    throw new PlainError(`ERROR: --secret ${text}: ${variable} is not set`);
  const file = source ?? id;
  if (!existsSync(file)) throw new PlainError(`ERROR: failed to stat ${file}: ${missing(file)}`);
  return [id, { file }];
}

/** default, or ID=SOCKET of an agent. */
function readAgent(text: string): [string, string] {
  const equals = text.indexOf('=');
  const id = equals < 0 ? text : text.slice(0, equals);
  const socket = equals < 0 ? callerEnvironment()['SSH_AUTH_SOCK'] : text.slice(equals + 1);
  if (socket === undefined || socket === '')
    throw new PlainError('ERROR: invalid empty ssh agent socket: make sure SSH_AUTH_SOCK is set');
  if (!existsSync(socket)) throw new PlainError(`ERROR: failed to stat ${socket}: ${missing(socket)}`);
  return [id, socket];
}

const missing = (path: string) =>
  fileText('stat', path, new Error('ENOENT: no such file or directory, stat'));

function fieldsOf(text: string, flag: string, names: readonly string[]): Record<string, string> {
  const fields: Record<string, string> = {};
  for (const field of csvFields(text)) {
    const equals = field.indexOf('=');
    const name = field.slice(0, equals).toLowerCase();
    if (equals < 0 || !names.includes(name))
      throw new PlainError(`ERROR: invalid ${flag}: unexpected field ${JSON.stringify(field)}`);
    fields[name] = field.slice(equals + 1);
  }
  return fields;
}
