/** What `run` and `create` share: pull when missing, create, write the id file. */
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { type ContainerCreate, codeOf, type Engine } from '../../engine/index.ts';
import { callerDirectory, callerEnvironment, readKeyValueFile, readNamedFile } from './caller.ts';
import type { FlagValues } from './flags.ts';
import type { CliIo } from './io.ts';
import { containerConfig } from './opts/container-config.ts';
import { showJob } from './pull-progress.ts';
import { PlainError } from './report.ts';

const RUN_ERROR = 125;

/** The body of the create call, with the files it names read in. Errors carry status 125. */
export function readConfig(flags: FlagValues, args: readonly string[]): ContainerCreate {
  const around = {
    environment: callerEnvironment(),
    directory: callerDirectory(),
    envFiles: flags.list('env-file').map((path) => readKeyValueFile(path, 'env', RUN_ERROR)),
    labelFiles: flags.list('label-file').map((path) => readKeyValueFile(path, 'label', RUN_ERROR)),
    securityOptions: flags.list('security-opt').map(readSecurityOption),
  };
  try {
    return containerConfig(flags, args, around);
  } catch (error) {
    throw new PlainError(`boxtop: ${(error as Error).message}.\nSee 'boxtop run --help'.`, RUN_ERROR);
  }
}

/** 'seccomp=FILE' becomes 'seccomp={…}', as the API wants it. */
function readSecurityOption(option: string): string {
  const [, path] = /^seccomp[=:](.+)$/.exec(option) ?? [];
  if (path === undefined || path === 'unconfined' || path === 'builtin') return option;
  const text = readNamedFile(path, RUN_ERROR);
  try {
    return `seccomp=${JSON.stringify(JSON.parse(text))}`;
  } catch (error) {
    throw new PlainError(
      `compacting json for seccomp profile failed: ${(error as Error).message}`,
      RUN_ERROR,
    );
  }
}

/** Creates the container, pulling the image as --pull says. Returns its id; warnings go to stderr. */
export async function createContainer(
  body: ContainerCreate,
  flags: FlagValues,
  engine: Engine,
  io: CliIo,
): Promise<string> {
  const policy = flags.string('pull') ?? 'missing';
  if (!['missing', 'always', 'never'].includes(policy)) {
    throw new PlainError(
      `invalid pull option: '${policy}': must be one of "always", "missing" or "never"`,
      RUN_ERROR,
    );
  }
  const idFile = openIdFile(flags.string('cidfile'));
  try {
    if (policy === 'always') await pull(body.Image, flags, engine, io);
    const { Id, Warnings } = await createOrPull(body, flags, engine, io);
    for (const warning of Warnings) await io.stderr.write(`WARNING: ${warning}\n`);
    idFile?.write(Id);
    return Id;
  } catch (error) {
    idFile?.discard();
    throw error;
  }
}

async function createOrPull(body: ContainerCreate, flags: FlagValues, engine: Engine, io: CliIo) {
  const name = flags.string('name');
  const platform = flags.string('platform');
  const options = { ...(name !== undefined && { name }), ...(platform !== undefined && { platform }) };
  try {
    return await engine.containers.create(body, options);
  } catch (error) {
    const isMissing = codeOf(error) === 'NOT_FOUND' && /no such image/i.test((error as Error).message);
    if (!isMissing || (flags.string('pull') ?? 'missing') !== 'missing') throw error;
    await io.stderr.write(`Unable to find image '${withTag(body.Image)}' locally\n`);
    await pull(body.Image, flags, engine, io);
    return await engine.containers.create(body, options);
  }
}

async function pull(image: string, flags: FlagValues, engine: Engine, io: CliIo): Promise<void> {
  const platform = flags.string('platform');
  const job = engine.images.pull(image, { signal: io.signal, ...(platform !== undefined && { platform }) });
  await showJob(job, io, io.stderr);
}

/** 'busybox' → 'busybox:latest', as Docker names it. */
function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

/** Claims --cidfile before anything is made. Throws when the file is there. */
function openIdFile(path: string | undefined): { write(id: string): void; discard(): void } | undefined {
  if (path === undefined || path === '') return undefined;
  if (existsSync(path)) {
    const text = `container ID file found, make sure the other container isn't running or delete ${path}`;
    throw new PlainError(`boxtop: ${text}.\nSee 'boxtop run --help'.`, RUN_ERROR);
  }
  const fd = openSync(path, 'wx', 0o644);
  return {
    write(id) {
      writeSync(fd, id);
      closeSync(fd);
    },
    discard() {
      closeSync(fd);
      rmSync(path, { force: true });
    },
  };
}
