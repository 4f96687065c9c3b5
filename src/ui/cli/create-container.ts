/** What `run` and `create` share: pull when missing, create, write the id file. */
import { closeSync, existsSync, openSync, rmSync, writeSync } from 'node:fs';
import { type ContainerCreate, codeOf, type Engine, finish } from '../../engine/index.ts';
import { printableLines } from '../format/printable.ts';
import { callerDirectory, callerEnvironment, fileText, readKeyValueFile, readNamedFile } from './caller.ts';
import type { FlagValues } from './flags.ts';
import type { CliIo } from './io.ts';
import { containerConfig } from './opts/container-config.ts';
import { PlainError } from './plain-error.ts';
import { showJob } from './pull-progress.ts';
import { runStatus } from './report.ts';

const RUN_ERROR = 125;

type Verb = 'run' | 'create';

/** The body of the create call, with the files it names read in. Errors carry status 125 and point at the verb's help. */
export function readConfig(flags: FlagValues, args: readonly string[], verb: Verb): ContainerCreate {
  try {
    return containerConfig(flags, args, {
      environment: callerEnvironment(),
      directory: callerDirectory(),
      envFiles: flags.list('env-file').map((path) => readKeyValueFile(path, 'env')),
      labelFiles: flags.list('label-file').map((path) => readKeyValueFile(path, 'label')),
      securityOptions: flags.list('security-opt').map(readSecurityOption),
    });
  } catch (error) {
    throw refusedBy(verb, (error as Error).message);
  }
}

/** A command line that makes no sense, as Docker's `run` and `create` word it. */
function refusedBy(verb: Verb, message: string): PlainError {
  return new PlainError(printableLines(`boxtop: ${message}.\nSee 'boxtop ${verb} --help'.`), RUN_ERROR);
}

/** 'seccomp=FILE' becomes 'seccomp={…}', as the API wants it. */
function readSecurityOption(option: string): string {
  const [, path] = /^seccomp[=:](.+)$/.exec(option) ?? [];
  if (path === undefined || path === 'unconfined' || path === 'builtin') return option;
  const text = readProfile(path);
  try {
    return `seccomp=${JSON.stringify(JSON.parse(text))}`;
  } catch (error) {
    throw new Error(`compacting json for seccomp profile (${path}) failed: ${(error as Error).message}`);
  }
}

function readProfile(path: string): string {
  try {
    return readNamedFile(path);
  } catch (error) {
    throw new Error(`opening seccomp profile (${path}) failed: ${(error as Error).message}`);
  }
}

/** When the image is pulled. Throws unless it is a word of Docker's; '' is the default. */
function pullPolicy(flags: FlagValues, verb: Verb): string {
  const policy = flags.string('pull') || 'missing';
  if (['missing', 'always', 'never'].includes(policy)) return policy;
  throw refusedBy(verb, `invalid pull option: '${policy}': must be one of "always", "missing" or "never"`);
}

/** Where an id file, the way to pull and warnings belong to. */
interface Creation {
  verb: Verb;
  body: ContainerCreate;
  flags: FlagValues;
}

/** Creates the container, pulling the image as --pull says. Returns its id; warnings go to stderr. */
export async function createContainer(
  { verb, body, flags }: Creation,
  engine: Engine,
  io: CliIo,
): Promise<string> {
  const policy = pullPolicy(flags, verb);
  for (const address of body.HostConfig?.Dns ?? []) {
    if (isLoopback(address))
      await io.stderr.write(`WARNING: Localhost DNS (${address}) may fail in containers.\n`);
  }
  const idFile = openIdFile(flags.string('cidfile'), verb);
  try {
    if (policy === 'always') await pull(body.Image, flags, engine, io);
    const { Id, Warnings } = await createOrPull(body, { flags, policy }, engine, io);
    for (const warning of Warnings) await io.stderr.write(`WARNING: ${warning}\n`);
    idFile?.write(Id);
    return Id;
  } catch (error) {
    idFile?.discard();
    throw error;
  }
}

/** Docker's dns.IsLocalhost: 127.0.0.0/8 and ::1. */
const isLoopback = (address: string): boolean => /^(127\.|::1$)/.test(address);

/** 'missing' also pulls an image that is here for another platform only. */
async function createOrPull(
  body: ContainerCreate,
  { flags, policy }: { flags: FlagValues; policy: string },
  engine: Engine,
  io: CliIo,
) {
  const name = flags.string('name');
  const platform = flags.string('platform') || undefined;
  const options = { ...(name !== undefined && { name }), ...(platform !== undefined && { platform }) };
  try {
    return await engine.containers.create(body, options);
  } catch (error) {
    const isMissing =
      codeOf(error) === 'NOT_FOUND' &&
      /no such image|does not match the specified platform/i.test((error as Error).message);
    if (!isMissing || policy !== 'missing') throw error;
    await io.stderr.write(`Unable to find image '${withTag(body.Image)}' locally\n`);
    await pull(body.Image, flags, engine, io);
    return await engine.containers.create(body, options);
  }
}

async function pull(image: string, flags: FlagValues, engine: Engine, io: CliIo): Promise<void> {
  const platform = flags.string('platform') || undefined;
  const job = engine.images.pull(image, { signal: io.signal, ...(platform !== undefined && { platform }) });
  await (flags.bool('quiet') ? finish(job) : showJob(job, io, io.stderr));
}

/** 'busybox' → 'busybox:latest', as Docker names it. */
function withTag(image: string): string {
  return /[:@][^/]*$/.test(image) ? image : `${image}:latest`;
}

/** `run` puts the program's name before a failure of the create; its status follows the text, as a failed start's. */
function failedCreate(verb: Verb, text: string): PlainError {
  if (verb === 'create') return new PlainError(text, 1);
  return new PlainError(`boxtop: ${text}.\nSee 'boxtop run --help'.`, runStatus(text));
}

function claimIdFile(path: string, verb: Verb): number {
  try {
    return openSync(path, 'wx', 0o644);
  } catch (error) {
    throw failedCreate(verb, `failed to create the container ID file: ${fileText('open', path, error)}`);
  }
}

/** Claims --cidfile before anything is made. Throws when the file is there. */
function openIdFile(
  path: string | undefined,
  verb: Verb,
): { write(id: string): void; discard(): void } | undefined {
  if (path === undefined || path === '') return undefined;
  if (existsSync(path)) {
    const text = `container ID file found, make sure the other container isn't running or delete ${path}`;
    throw failedCreate(verb, text);
  }
  const fd = claimIdFile(path, verb);
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
