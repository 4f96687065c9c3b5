/** Runs a build: context, Dockerfile, plan, steps, image. Finished steps stay in the cache whatever happens to the rest. */

import { basename } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { Emit, Room } from '../event-channel.ts';
import { hostPlatform } from '../images/platform.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, type Reference } from '../oci/reference.ts';
import type { BuildEvent, BuildOptions, BuildResult } from '../types/build.ts';
import { metaArgValues, PREDEFINED, platformArgs } from './arguments.ts';
import { BuildError, excerptOf } from './build-error.ts';
import { cachedDigests, openStepCache, type StepCache } from './cache.ts';
import { type OpenedContext, openContext } from './context.ts';
import { type CopySource, contextSource } from './copy-source.ts';
import type { Definition } from './definition.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import { findStage, readStages, type Stage, type Stages } from './dockerfile/stages.ts';
import { exportImage } from './export.ts';
import { EXPORT_STEP } from './export-notes.ts';
import { compileIgnore } from './ignore.ts';
import { type BuildJob, Steps } from './job.ts';
import { openRecorder, type Recorder } from './recorder.ts';
import { beginBuild } from './running.ts';
import { Solver } from './solve.ts';
import { removeSuperseded } from './superseded.ts';

/** Throws BuildError (an instruction failed), INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, CANCELED. */
export async function runBuild(ctx: Context, options: Options, emit: Emit<BuildEvent>): Promise<BuildResult> {
  const end = beginBuild(ctx);
  const cache = openStepCache(ctx);
  try {
    return await runSteps(ctx, { options, cache }, emit);
  } finally {
    cache.close();
    end(() => cachedDigests(ctx));
    if (cache.touched().size > 0) await removeSuperseded(ctx, cache.touched());
  }
}

interface Options extends BuildOptions {
  /** `tags`, read */
  references: Reference[];
  signal: AbortSignal;
  room: Room;
  /** of a folder context */
  definition: Promise<Definition | undefined>;
}

async function runSteps(
  ctx: Context,
  { options, cache }: { options: Options; cache: StepCache },
  tell: Emit<BuildEvent>,
): Promise<BuildResult> {
  const stop = new AbortController();
  const signal = AbortSignal.any([options.signal, stop.signal]);
  const recorder = openRecorder(ctx, options, tell);
  const { emit } = recorder;
  const steps = new Steps(emit);
  const context = await openDefinition(ctx, { options, steps, emit });
  let files: Promise<CopySource> | undefined;
  const contextFiles = () => {
    if (files === undefined) cache.noteUse();
    files ??= readFiles(ctx, { context, options: { ...options, signal }, steps, emit });
    return files;
  };
  try {
    const job = prepare({ ctx, options, signal, stop, context, cache, recorder, contextFiles });
    const state = await new Solver(job, steps).solve();
    options.signal.throwIfAborted();
    cache.noteUse();
    const result = await steps.run(EXPORT_STEP, async (step) => ({
      value: exportImage(job, { state, tags: options.references.map(formatReference), step }),
      isCached: false,
    }));
    const read = await files;
    await recorder.save({
      definition: context,
      steps: cache.steps(),
      files: read?.files.values(),
      imageId: result.imageId,
      references: options.references,
    });
    return result;
  } catch (error) {
    if (options.signal.aborted) throw new EngineError('CANCELED', 'build canceled', { cause: error });
    throw error;
  } finally {
    await (await files?.catch(() => undefined))?.close();
    await context.close();
  }
}

interface Opening {
  options: Options;
  steps: Steps;
  emit: Emit<BuildEvent>;
}

/** The Dockerfile's text and the ignore patterns, each as a step. */
async function openDefinition(ctx: Context, { options, steps, emit }: Opening): Promise<OpenedContext> {
  const name = options.dockerfileText === undefined ? (options.dockerfile ?? 'Dockerfile') : 'Dockerfile';
  const context = await steps.run(`[internal] load build definition from ${basename(name)}`, async (step) => {
    const onProgress = (current: number, total?: number) =>
      emit({ type: 'progress', step, label: 'transferring context', current, total });
    const value = await openContext(ctx, options, onProgress);
    const current = Buffer.byteLength(value.dockerfileText);
    emit({ type: 'progress', step, label: 'transferring dockerfile', current, isDone: true });
    return { value, isCached: false };
  });
  await steps.run('[internal] load .dockerignore', async (step) => {
    const current = Math.max(2, context.ignorePatterns.join('\n').length);
    emit({ type: 'progress', step, label: 'transferring context', current, isDone: true });
    return { value: undefined, isCached: false };
  });
  return context;
}

interface Opened extends Opening {
  context: OpenedContext;
}

function readFiles(ctx: Context, { context, options, steps, emit }: Opened): Promise<CopySource> {
  return steps.run('[internal] load build context', async (step) => {
    let seen = 0;
    const show = (isDone: boolean) =>
      emit({ type: 'progress', step, label: 'transferring context', current: seen, isDone });
    const onProgress = ({ bytes }: { bytes: number }) => {
      seen = bytes;
      show(false);
    };
    const ignore = compileIgnore(context.ignorePatterns);
    const value = await contextSource(ctx, context.root, ignore, { signal: options.signal, onProgress });
    show(true);
    return { value, isCached: false };
  });
}

const EMPTY = { startLine: 1, endLine: 1 };

function prepare(input: {
  ctx: Context;
  options: Options;
  signal: AbortSignal;
  stop: AbortController;
  context: OpenedContext;
  cache: StepCache;
  recorder: Recorder;
  contextFiles(): Promise<CopySource>;
}): BuildJob {
  const { ctx, options, context, cache, recorder, contextFiles, signal, stop } = input;
  const { emit } = recorder;
  const { dockerfileText: source, dockerfileName: file } = context;
  try {
    if (source === '')
      throw new DockerfileError('the Dockerfile cannot be empty', EMPTY, 'begin it with: FROM IMAGE');
    const parsed = parseDockerfile(source);
    for (const { message, range } of parsed.warnings)
      emit({ type: 'warning', message: `${file}:${range.startLine}: ${message}` });
    if (parsed.directives.syntax !== undefined)
      emit({
        type: 'warning',
        message: `# syntax=${parsed.directives.syntax} is not fetched: the built-in Dockerfile frontend is used`,
      });
    const stages = readStages(parsed);
    const host = hostPlatform();
    const platform = options.platform === undefined ? host : parsePlatform(options.platform, host);
    const buildArgs = Object.fromEntries(
      Object.entries(options.buildArgs ?? {}).filter(
        (entry): entry is [string, string] => entry[1] !== undefined,
      ),
    );
    warnUnused(stages, buildArgs, emit);
    const metaArgs = metaArgValues(stages.metaArgs, buildArgs, platformArgs(platform, host), parsed.escape);
    const target = targetOf(stages, options.target);
    return {
      ctx,
      options,
      source,
      file,
      escape: parsed.escape,
      stages,
      target,
      platform,
      buildArgs,
      metaArgs,
      cache,
      recorder,
      contextFiles,
      emit,
      room: options.room,
      signal,
      stop,
    };
  } catch (error) {
    if (!(error instanceof DockerfileError)) throw error;
    const { startLine, endLine } = error.range;
    throw new BuildError(error, { file, startLine, endLine, excerpt: excerptOf(source, error.range) });
  }
}

function targetOf({ stages }: Stages, name: string | undefined): Stage {
  if (name === undefined || name === '') return stages.at(-1)!;
  const found = findStage(stages, name);
  if (found !== undefined) return found;
  const names = stages.flatMap((stage) => stage.name ?? []);
  throw new EngineError('NOT_FOUND', `target stage ${JSON.stringify(name)} could not be found`, {
    hint: names.length === 0 ? 'no stage has a name' : `stages: ${names.join(', ')}`,
  });
}

function warnUnused(
  { metaArgs, stages }: Stages,
  given: Readonly<Record<string, string>>,
  emit: Emit<BuildEvent>,
): void {
  const declared = new Set(PREDEFINED);
  for (const instruction of [...metaArgs, ...stages.flatMap(({ instructions }) => instructions)]) {
    if (instruction.kind === 'arg') for (const { name } of instruction.args) declared.add(name);
  }
  const unused = Object.keys(given).filter((name) => !declared.has(name));
  if (unused.length > 0)
    emit({ type: 'warning', message: `One or more build-args [${unused.join(' ')}] were not consumed` });
}
