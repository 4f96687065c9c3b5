/** boxtop build: an image from a Dockerfile. */
import { lstatSync, rmdirSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import type { BuildEvent, BuildOptions, BuildResult, Engine } from '../../../engine/index.ts';
import { checkReference, codeOf, EngineError, messageOf } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';
import { FailureLog } from '../build/failure-log.ts';
import { readBuildOptions } from '../build/options.ts';
import { type BuildView, showBuild, silent } from '../build/view.ts';
import { callerEnvironment, fileText } from '../caller.ts';
import { bool, exactly, type FlagValues, list, text, unsupported } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { parseAddHost } from '../opts/addresses.ts';
import { checkLabel, parseEnv } from '../opts/key-values.ts';
import { INTERRUPTED, PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] PATH | URL | -',
  summary: 'Build an image from a Dockerfile',
  flags: [
    { ...list('add-host', 'Add a custom host-to-IP mapping (host:ip)'), check: parseAddHost },
    { ...list('build-arg', 'Set build-time variables'), check: (value: string) => parseEnv(value, {}) },
    text('file', "Name of the Dockerfile (default: 'PATH/Dockerfile')", 'f'),
    bool('force-rm', ''),
    text('iidfile', 'Write the image ID to a file'),
    { ...list('label', 'Set metadata for an image'), check: checkLabel },
    bool('load', ''),
    { ...text('network', 'Networking mode for the RUN instructions'), default: 'default' },
    bool('no-cache', 'Do not use the cache when building the image'),
    text('platform', 'Platform of the image, os/arch[/variant]'),
    { ...text('progress', 'Type of progress output (auto, plain, tty, quiet)'), default: 'auto' },
    bool('pull', 'Always attempt to pull all referenced images'),
    bool('quiet', 'Suppress the build output and print the image ID on success', 'q'),
    bool('rm', ''),
    list('secret', 'Secret to expose to the build: id=mysecret[,src=/local/secret]'),
    { ...text('shm-size', 'Size of /dev/shm'), word: 'bytes', check: ramInBytes },
    list('ssh', 'SSH agent socket to expose to the build: default|id=socket'),
    { ...list('tag', "Name and optionally a tag (format: 'name:tag')", 't'), check: checkReference },
    text('target', 'Set the target build stage to build'),
    bool('watch', 'Build again whenever the context changes'),
    ...unsupported(
      ...'allow annotation attest build-context builder cache-from cache-to call cgroup-parent !check !compress cpu-period'.split(
        ' ',
      ),
      ...'cpu-quota cpu-shares cpuset-cpus cpuset-mems isolation memory memory-swap metadata-file no-cache-filter output'.split(
        ' ',
      ),
      ...'provenance !push sbom security-opt !squash ulimit'.split(' '),
    ),
  ].map((flag) => (flag.help === '' && !flag.isUnsupported ? { ...flag, isHidden: true as const } : flag)),
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const options = await readBuildOptions(flags, args[0]!, io);
    const build = () => once(engine(), options, flags, io);
    if (!flags.bool('watch')) return build();
    const { watchBuild } = await import('../build/watch.ts');
    return watchBuild(engine(), options, { build, io });
  },
};

/** One build with everything it prints. Returns the exit status. */
async function once(engine: Engine, options: BuildOptions, flags: FlagValues, io: CliIo): Promise<number> {
  const iidfile = flags.string('iidfile') || undefined; // '' is none to Docker
  if (iidfile !== undefined) removeOld(iidfile);
  const log = new FailureLog();
  let result: BuildResult;
  try {
    result = await showBuild(engine.builder.build(options), log.watch(await viewOf(flags, io)));
  } catch (error) {
    return await tellFailure(error, log, io);
  }
  if (iidfile !== undefined) writeImageId(iidfile, result.imageId);
  if (isQuiet(flags)) await io.stdout.write(`${result.imageId}\n`);
  return 0;
}

/** What an earlier build wrote must not outlive this one's failure; as Docker an empty folder, unlike it nothing of /dev. Throws PlainError. */
function removeOld(file: string): void {
  if (dirname(resolve(file)) === '/dev') return;
  try {
    const old = lstatSync(file, { throwIfNoEntry: false });
    if (old?.isDirectory()) rmdirSync(file);
    else if (old !== undefined) unlinkSync(file);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT')
      // another removed it
      throw new PlainError(`ERROR: removing image ID file: ${fileText('remove', file, error)}`);
  }
}

/** Throws PlainError in Docker's words. */
function writeImageId(file: string, imageId: string): void {
  try {
    writeFileSync(file, imageId);
  } catch (error) {
    throw new PlainError(`ERROR: cannot write image ID file: ${fileText('open', file, error)}`);
  }
}

const isQuiet = (flags: FlagValues) => flags.bool('quiet') || flags.string('progress') === 'quiet';

async function viewOf(flags: FlagValues, io: CliIo): Promise<BuildView> {
  const asked = flags.string('progress') ?? callerEnvironment()['BUILDKIT_PROGRESS'] ?? 'auto';
  if (!['auto', 'plain', 'tty', 'quiet', ''].includes(asked))
    throw new PlainError(
      `ERROR: invalid progress mode ${asked} (expected "auto", "plain", "tty" or "quiet")`,
    );
  if (isQuiet(flags)) return silent;
  const { build } = io;
  if (build !== undefined) {
    const show = (event: BuildEvent) => {
      build.onEvent(event);
      return undefined;
    };
    return { show, end: async () => {} };
  }
  if (asked === 'plain' || !io.stderr.isTty) {
    const { createPlain } = await import('../build/plain.ts');
    return createPlain(io.stderr);
  }
  const { createTree } = await import('../build/tree.ts');
  const useColor = !callerEnvironment()['NO_COLOR'];
  return createTree(io.stderr, () => process.stderr.rows ?? 24, useColor);
}

async function tellFailure(error: unknown, log: FailureLog, io: CliIo): Promise<number> {
  if (codeOf(error) === 'CANCELED') {
    await io.stderr.write('ERROR: failed to solve: Canceled: context canceled\n');
    return INTERRUPTED;
  }
  if (!(error instanceof EngineError)) throw error;
  const [{ excerptText, failureOf, tailText }, { printableLines }] = await Promise.all([
    import('../build/failure.ts'),
    import('../../format/printable.ts'),
  ]);
  const failure = failureOf(error);
  const excerpt = failure === undefined ? '' : excerptText(failure);
  const hint = error.hint === undefined ? '' : `Hint: ${error.hint}\n`;
  io.build?.onFailed(messageOf(error), failure);
  const failed = log.failed();
  const tail = failed === undefined ? '' : tailText(failed.name, failed.output);
  const said = `${tail}${excerpt}ERROR: failed to solve: ${messageOf(error)}\n${hint}`;
  await io.stderr.write(printableLines(said));
  return 1;
}
