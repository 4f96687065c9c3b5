/** boxtop cp: copy between a container and this machine, or as a tar stream. */
import {
  assertsDirectory,
  type CopyEnd,
  codeOf,
  type Engine,
  type PathStat,
  packLocal,
  planCopy,
  rebaseTar,
  unpackLocal,
} from '../../../engine/index.ts';
import { type CopyArgument, localDestination, localSource, splitArgument } from '../copy-ends.ts';
import { bool, exactly, type FlagValues } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText, withHint } from '../report.ts';
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
    const [source, destination] = args.map(splitArgument) as [CopyArgument, CopyArgument];
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

type InContainer = CopyArgument & { container: string };

interface Copying {
  flags: FlagValues;
  engine: Engine;
  io: CliIo;
}

async function copyOut(
  source: InContainer,
  destination: string,
  { flags, engine, io }: Copying,
): Promise<void> {
  const end = destination === '-' ? undefined : localDestination(destination);
  const from = flags.bool('follow-link') ? await linkTarget(engine, source) : source;
  const { stat, stream } = await engine.containers
    .readArchive(from.container, from.path, { signal: io.signal })
    .catch((error: unknown) => {
      throw missingPath(error, from);
    });
  if (end === undefined) {
    for await (const chunk of stream) await io.stdout.write(chunk as Uint8Array);
    return;
  }
  try {
    const plan = planned({ path: source.path, kind: kindOf(stat) }, end);
    const archive = await rebaseTar(stream, plan.name);
    await unpackLocal(plan.folder, archive, { keepOwner: flags.bool('archive'), signal: io.signal });
  } catch (error) {
    throw asLocal(error);
  } finally {
    stream.destroy();
  }
}

/** cp -L: the path itself, or what it leads to when it is a link. */
async function linkTarget(engine: Engine, source: InContainer): Promise<InContainer> {
  const stat = await engine.containers.statPath(source.container, source.path).catch((error: unknown) => {
    throw missingPath(error, source);
  });
  return isLink(stat) ? { ...source, path: stat.linkTarget || `${source.path}/` } : source;
}

async function copyIn(
  source: string,
  destination: InContainer,
  { flags, engine, io }: Copying,
): Promise<void> {
  const options = { noOverwriteDirNonDir: true, copyUidGid: flags.bool('archive'), signal: io.signal };
  const write = (folder: string, stream: Parameters<Engine['containers']['writeArchive']>[2]) =>
    engine.containers.writeArchive(destination.container, folder, stream, options).catch((error: unknown) => {
      throw engineRefusal(error, { ...destination, path: folder });
    });
  if (source === '-') {
    const end = await endInContainer(engine, destination);
    if (end.kind === 'directory') return await write(destination.path, io.stdin);
    throw new PlainError(`destination "${destination.container}:${destination.path}" must be a directory`);
  }
  const local = localSource(source, flags.bool('follow-link'));
  const plan = planned(local, await endInContainer(engine, destination));
  try {
    const packed = await packLocal(local.path, {
      name: plan.name === '' ? 'contents' : plan.name,
      followLink: local.isFollowed,
      signal: io.signal,
    });
    await write(plan.folder, plan.name === '' ? await rebaseTar(packed, '') : packed);
  } catch (error) {
    throw asLocal(error);
  }
}

/** What is at the destination; a link counts as what it leads to. Throws when the container is missing. */
async function endInContainer(engine: Engine, end: InContainer): Promise<CopyEnd> {
  const found = await statAt(engine, end);
  if (found === undefined) return { path: end.path, kind: undefined };
  if (!isLink(found)) return { path: end.path, kind: kindOf(found) };
  if (found.linkTarget === '') throw new PlainError(`${end.path}: a symbolic link that leads nowhere`);
  const target = await statAt(engine, { ...end, path: found.linkTarget });
  return { path: found.linkTarget, kind: target && kindOf(target) };
}

/** undefined when nothing is there. What lies below a file is not there either: unpacking will say so. */
async function statAt(engine: Engine, { container, path }: InContainer): Promise<PathStat | undefined> {
  try {
    return await engine.containers.statPath(container, path);
  } catch (error) {
    const isMissing = codeOf(error) === 'NOT_FOUND' && !/^No such container/.test((error as Error).message);
    const isBelowFile = codeOf(error) === 'INVALID_ARGUMENT' && !assertsDirectory(path);
    if (isMissing || isBelowFile) return undefined;
    throw missingPath(error, { container, path });
  }
}

const S_IFMT = 0o170_000;
const S_IFDIR = 0o040_000;
const S_IFLNK = 0o120_000;
const kindOf = ({ mode }: PathStat): 'file' | 'directory' =>
  (mode & S_IFMT) === S_IFDIR ? 'directory' : 'file';
const isLink = ({ mode }: PathStat): boolean => (mode & S_IFMT) === S_IFLNK;

function planned(source: CopyEnd & { kind: 'file' | 'directory' }, destination: CopyEnd) {
  try {
    return planCopy(source, destination);
  } catch (error) {
    throw new PlainError(withHint((error as Error).message, error));
  }
}

/** Docker's client words any missing container or path so. */
function missingPath(error: unknown, { container, path }: CopyArgument): unknown {
  return codeOf(error) === 'NOT_FOUND'
    ? new PlainError(withHint(`Error: No such container:path: ${container}:${path}`, error))
    : error;
}

/** The engine's answer to what was sent to it: not to be taken for trouble with this machine's files. */
function engineRefusal(error: unknown, place: CopyArgument): unknown {
  const isOther = codeOf(error) !== 'NOT_FOUND' && codeOf(error) !== 'CANCELED';
  return isOther ? new PlainError(daemonText(error)) : missingPath(error, place);
}

/** Errors of this machine's files are not the engine's answer. */
function asLocal(error: unknown): unknown {
  const code = codeOf(error);
  if (error instanceof PlainError || code === 'CANCELED') return error;
  return new PlainError(
    code === 'NOT_FOUND' || code === 'FAILED_PRECONDITION' || code === 'CONFLICT'
      ? withHint((error as Error).message, error)
      : daemonText(error),
  );
}
