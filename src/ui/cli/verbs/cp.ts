/** boxtop cp: copy between a container and this machine, or as a tar stream. */
import { lstatSync, statSync } from 'node:fs';
import {
  type CopyEnd,
  codeOf,
  type Engine,
  isContents,
  packLocal,
  planCopy,
  rebaseTar,
  unpackLocal,
} from '../../../engine/index.ts';
import { bool, exactly, type FlagValues } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { daemonText, PlainError } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER:SRC_PATH DEST_PATH|-\n\tboxtop cp [OPTIONS] SRC_PATH|- CONTAINER:DEST_PATH',
  summary: `Copy files/folders between a container and the local filesystem

Use '-' as the source to read a tar archive from STDIN and unpack it in a folder of the container,
'-' as the destination to write a tar archive of a path of the container to STDOUT.`,
  flags: [
    bool('archive', 'Keep uid and gid', 'a'),
    bool('follow-link', 'Follow a symbolic link in SRC_PATH', 'L'),
    { ...bool('quiet', '', 'q'), isHidden: true },
  ],
  arity: exactly(2),
  async run({ flags, args }, engine, io) {
    const [source, destination] = args.map(splitArgument) as [Place, Place];
    if (source.path === '') throw new PlainError('source can not be empty');
    if (destination.path === '') throw new PlainError('destination can not be empty');
    if (source.container !== undefined && destination.container !== undefined) {
      throw new PlainError('copying between containers is not supported');
    }
    if (source.container !== undefined)
      await copyOut(source as InContainer, destination.path, { flags, engine: engine(), io });
    else if (destination.container !== undefined) {
      await copyIn(source.path, destination as InContainer, { flags, engine: engine(), io });
    } else throw new PlainError('must specify at least one container source');
    return 0;
  },
};

interface Place {
  container: string | undefined;
  path: string;
}

type InContainer = Place & { container: string };

interface Copying {
  flags: FlagValues;
  engine: Engine;
  io: CliIo;
}

/** 'container:path'; a path that begins with '/' or '.' is ours, colon or not. */
export function splitArgument(argument: string): Place {
  const colon = argument.indexOf(':');
  if (colon < 0 || argument.startsWith('/') || argument.startsWith('.'))
    return { container: undefined, path: argument };
  return { container: argument.slice(0, colon), path: argument.slice(colon + 1) };
}

async function copyOut(
  source: InContainer,
  destination: string,
  { flags, engine, io }: Copying,
): Promise<void> {
  const options = { followLink: flags.bool('follow-link'), signal: io.signal };
  const { stat, stream } = await engine.containers
    .readArchive(source.container, source.path, options)
    .catch((error: unknown) => {
      throw missingPath(error, source);
    });
  if (destination === '-') {
    for await (const chunk of stream) await io.stdout.write(chunk as Uint8Array);
    return;
  }
  try {
    const end: CopyEnd = { path: destination, kind: localKind(destination) };
    const plan = planned({ path: source.path, kind: kindOfMode(stat.mode) }, end);
    const archive = await rebaseTar(stream, plan.name);
    await unpackLocal(plan.folder, archive, { keepOwner: flags.bool('archive'), signal: io.signal });
  } catch (error) {
    throw asLocal(error);
  } finally {
    stream.destroy();
  }
}

async function copyIn(
  source: string,
  destination: InContainer,
  { flags, engine, io }: Copying,
): Promise<void> {
  const options = { noOverwriteDirNonDir: true, copyUidGid: flags.bool('archive'), signal: io.signal };
  const write = (folder: string, stream: Parameters<Engine['containers']['writeArchive']>[2]) =>
    engine.containers.writeArchive(destination.container, folder, stream, options).catch((error: unknown) => {
      throw missingPath(error, { ...destination, path: folder });
    });
  if (source === '-') return await write(destination.path, io.stdin);
  const kind = localKind(source, flags.bool('follow-link'));
  if (kind === undefined) throw new PlainError(`lstat ${source}: no such file or directory`);
  const plan = planned({ path: source, kind }, await endInContainer(engine, destination));
  try {
    const packed = await packLocal(source, {
      name: plan.name === '' ? 'contents' : plan.name,
      followLink: flags.bool('follow-link') || isContents(source),
      signal: io.signal,
    });
    await write(plan.folder, plan.name === '' ? await rebaseTar(packed, '') : packed);
  } catch (error) {
    throw asLocal(error);
  }
}

/** What is at the destination; a link counts as what it leads to. Throws when the container is missing. */
async function endInContainer(engine: Engine, { container, path }: InContainer): Promise<CopyEnd> {
  try {
    const stat = await engine.containers.statPath(container, path);
    if (stat.linkTarget === '') return { path, kind: kindOfMode(stat.mode) };
    const target = await engine.containers.statPath(container, stat.linkTarget).catch(() => undefined);
    return { path: stat.linkTarget, kind: target === undefined ? undefined : kindOfMode(target.mode) };
  } catch (error) {
    if (codeOf(error) !== 'NOT_FOUND' || /^No such container/.test((error as Error).message)) {
      throw missingPath(error, { container, path });
    }
    return { path, kind: undefined };
  }
}

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const kindOfMode = (mode: number): 'file' | 'directory' =>
  (mode & S_IFMT) === S_IFDIR ? 'directory' : 'file';

function localKind(path: string, followLink = true): CopyEnd['kind'] {
  const isFollowed = followLink || path.endsWith('/') || isContents(path);
  const stat = statSync(path, { throwIfNoEntry: false });
  if (stat !== undefined) return stat.isDirectory() && (isFollowed || !isLink(path)) ? 'directory' : 'file';
  return isLink(path) ? 'file' : undefined;
}

function isLink(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false })?.isSymbolicLink() === true;
}

function planned(source: CopyEnd & { kind: 'file' | 'directory' }, destination: CopyEnd) {
  try {
    return planCopy(source, destination);
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
}

/** Docker's client words any missing container or path so. */
function missingPath(error: unknown, { container, path }: Place): unknown {
  return codeOf(error) === 'NOT_FOUND'
    ? new PlainError(`Error: No such container:path: ${container}:${path}`)
    : error;
}

/** Errors of this machine's files are not the engine's answer. */
function asLocal(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof PlainError || code === 'CANCELED') return error;
  return new PlainError(
    code === 'NOT_FOUND' || code === 'FAILED_PRECONDITION' ? (error as Error).message : daemonText(error),
  );
}
