/** The flags of `build` as the engine's options. */
import { existsSync } from 'node:fs';
import type { BuildOptions } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';
import { callerEnvironment, fileText } from '../caller.ts';
import type { FlagValues } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { csvFields } from '../opts/csv.ts';
import { checkLabel, keyValues } from '../opts/key-values.ts';
import { PlainError } from '../report.ts';

/** Throws PlainError in the words of Docker's client. */
export async function readBuildOptions(flags: FlagValues, path: string, io: CliIo): Promise<BuildOptions> {
  const file = flags.string('file');
  if (file === '-' && path === '-')
    throw new PlainError("ERROR: invalid argument: can't use stdin for both build context and dockerfile");
  const shm = flags.string('shm-size');
  const platform = flags.string('platform');
  const target = flags.string('target');
  const network = flags.string('network');
  return {
    context: contextOf(path, io),
    ...(file === '-' ? { dockerfileText: await textOf(io) } : file !== undefined && { dockerfile: file }),
    ...(platform !== undefined && { platform }),
    ...(target !== undefined && { target }),
    ...(network !== undefined && { network }),
    ...(shm !== undefined && { shmSizeBytes: ramInBytes(shm) }),
    tags: flags.list('tag'),
    buildArgs: buildArgs(flags.list('build-arg')),
    labels: keyValues(flags.list('label').map(checkLabel)),
    noCache: flags.bool('no-cache'),
    pull: flags.bool('pull'),
    secrets: Object.fromEntries(flags.list('secret').map(readSecret)),
    ssh: Object.fromEntries(flags.list('ssh').map(readAgent)),
    addHosts: flags.list('add-host').map(readHost),
    // the screen offers a shell in it
    ...(io.build !== undefined && { keepLastGood: true }),
    // made when it is asked for, which a build that is told does not
    get signal() {
      return io.signal;
    },
  };
}

const URL_CONTEXT = /^(https?|git|ssh):\/\/|^git@[^:]+:|^github\.com\/|^file:\/\/.*\.git(#|$)/;

function contextOf(path: string, io: CliIo): BuildOptions['context'] {
  if (path === '-') {
    if (io.stdin.isTTY)
      throw new PlainError('ERROR: stdin is a terminal: give a tar archive or a Dockerfile on it');
    return { type: 'stream', stream: io.stdin };
  }
  return URL_CONTEXT.test(path) && !existsSync(path) ? { type: 'url', url: path } : { type: 'folder', path };
}

async function textOf(io: CliIo): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of io.stdin) chunks.push(Buffer.from(chunk as Uint8Array));
  return Buffer.concat(chunks).toString('utf8');
}

/** NAME alone takes the caller's value; without one the ARG's default stays. */
function buildArgs(items: readonly string[]): Record<string, string> {
  const environment = callerEnvironment();
  const found: Record<string, string> = {};
  for (const item of items) {
    const equals = item.indexOf('=');
    const name = equals < 0 ? item : item.slice(0, equals);
    const value = equals < 0 ? environment[name] : item.slice(equals + 1);
    if (value !== undefined) found[name] = value;
  }
  return found;
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

/** NAME:IP; buildx also takes NAME=IP. */
function readHost(text: string): string {
  const host = /^[^:=]+=/.test(text) ? text.replace('=', ':') : text;
  if (!/^[^:]+:.+/.test(host)) throw new PlainError(`ERROR: bad format for add-host: "${text}"`);
  return host;
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
