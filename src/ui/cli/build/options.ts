/** The flags of `build` as the engine's options. */
import { existsSync } from 'node:fs';
import type { BuildOptions } from '../../../engine/index.ts';
import { callerEnvironment } from '../caller.ts';
import type { FlagValues } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';

/** What takes reading; most builds have none of them. */
const SELDOM = ['add-host', 'label', 'secret', 'shm-size', 'ssh'];

/** Throws PlainError in the words of Docker's client. */
export async function readBuildOptions(flags: FlagValues, path: string, io: CliIo): Promise<BuildOptions> {
  const file = flags.string('file');
  if (file === '-' && path === '-')
    throw new PlainError("ERROR: invalid argument: can't use stdin for both build context and dockerfile");
  const platform = flags.string('platform');
  const target = flags.string('target');
  const network = flags.string('network');
  return {
    context: contextOf(path, io),
    ...(file === '-' ? { dockerfileText: await textOf(io) } : file !== undefined && { dockerfile: file }),
    ...(platform !== undefined && { platform }),
    ...(target !== undefined && { target }),
    ...(network !== undefined && { network }),
    tags: flags.list('tag'),
    buildArgs: buildArgs(flags.list('build-arg')),
    noCache: flags.bool('no-cache'),
    pull: flags.bool('pull'),
    ...(SELDOM.some((name) => flags.has(name)) && (await import('./seldom-options.ts')).readSeldom(flags)),
    // the screen offers a shell in it
    ...(io.build !== undefined && { keepLastGood: true }),
    // made when it is asked for, which a build that is told does not
    get signal() {
      return io.signal;
    },
  };
}

/** Most paths need no pattern to be told from a URL: making one takes longer than this. */
const hasColonOrHost = (path: string) => path.includes(':') || path.startsWith('github.com/');

const URL_CONTEXT = /^(https?|git|ssh):\/\/|^git@[^:]+:|^github\.com\/|^file:\/\/.*\.git(#|$)/;

function contextOf(path: string, io: CliIo): BuildOptions['context'] {
  if (path === '-') {
    if (io.stdin.isTTY)
      throw new PlainError('ERROR: stdin is a terminal: give a tar archive or a Dockerfile on it');
    return { type: 'stream', stream: io.stdin };
  }
  return hasColonOrHost(path) && URL_CONTEXT.test(path) && !existsSync(path)
    ? { type: 'url', url: path }
    : { type: 'folder', path };
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
