/** The build verb: context, Dockerfile, plan, steps, image. Finished steps stay in the cache whatever happens to the rest. */

import { containerDocuments } from '../containers/records.ts';
import { remove } from '../containers/remove.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { type Emit, withEvents } from '../event-channel.ts';
import { recordImage } from '../images/create.ts';
import { taggable } from '../images/names.ts';
import { hostPlatform } from '../images/platform.ts';
import { parsePlatform } from '../oci/platform.ts';
import { processStart } from '../state/locks.ts';
import type { BuildEvent, BuildOptions, BuildResult } from '../types/build.ts';
import { metaArgValues, PREDEFINED, platformArgs } from './arguments.ts';
import { BuildError, excerptOf } from './build-error.ts';
import { type OpenedContext, openContext } from './context.ts';
import { type CopySource, contextSource } from './copy-source.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { mergeEnv } from './dockerfile/metadata.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import { findStage, readStages, type Stage, type Stages } from './dockerfile/stages.ts';
import { compileIgnore } from './ignore.ts';
import { type BuildJob, Steps } from './job.ts';
import { Solver } from './solve.ts';
import { runConfigOf, type StageState } from './stage-state.ts';

/** Throws BuildError (an instruction failed), INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, CANCELED. */
export function build(ctx: Context, options: BuildOptions): AsyncGenerator<BuildEvent, BuildResult, void> {
  return withEvents(options.signal, (emit, signal) => runBuild(ctx, { ...options, signal }, emit));
}

async function runBuild(
  ctx: Context,
  options: BuildOptions & { signal: AbortSignal },
  emit: Emit<BuildEvent>,
): Promise<BuildResult> {
  const tags = (options.tags ?? []).map((tag) => {
    taggable(tag);
    return tag;
  });
  await removeLeftovers(ctx);
  const steps = new Steps(emit);
  const context = await steps.run('[internal] load build definition', async () => ({
    value: await openContext(ctx, options),
    isCached: false,
  }));
  let files: Promise<CopySource> | undefined;
  try {
    const job = prepare({
      ctx,
      options,
      context,
      emit,
      contextFiles: () => (files ??= readFiles(ctx, { context, options, steps, emit })),
    });
    const state = await new Solver(job, steps).stage(job.target);
    options.signal.throwIfAborted();
    return await steps.run('exporting to image', async () => ({
      value: exportImage(ctx, { state, job, tags }),
      isCached: false,
    }));
  } finally {
    await (await files?.catch(() => undefined))?.close();
    await context.close();
  }
}

interface Opened {
  context: OpenedContext;
  options: BuildOptions & { signal: AbortSignal };
  steps: Steps;
  emit: Emit<BuildEvent>;
}

function readFiles(ctx: Context, { context, options, steps, emit }: Opened): Promise<CopySource> {
  return steps.run('[internal] load build context', async (step) => {
    const onProgress = ({ bytes }: { bytes: number }) =>
      emit({ type: 'progress', step, label: 'transferring context', current: bytes });
    const value = await contextSource(ctx, context.root, compileIgnore(context.ignorePatterns), {
      signal: options.signal,
      onProgress,
    });
    return { value, isCached: false };
  });
}

function prepare(input: {
  ctx: Context;
  options: BuildOptions & { signal: AbortSignal };
  context: OpenedContext;
  emit: Emit<BuildEvent>;
  contextFiles(): Promise<CopySource>;
}): BuildJob {
  const { ctx, options, context, emit, contextFiles } = input;
  const { dockerfileText: source, dockerfileName: file } = context;
  try {
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
      contextFiles,
      emit,
      signal: options.signal,
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

/** One transaction for the record, then the names. */
function exportImage(
  ctx: Context,
  { state, job, tags }: { state: StageState; job: BuildJob; tags: readonly string[] },
): BuildResult {
  const { labels = {} } = job.options;
  const config = { ...runConfigOf(state) };
  if (Object.keys(labels).length > 0) config.Labels = { ...config.Labels, ...labels };
  if (config.Env === undefined && state.layers.length > 0)
    config.Env = mergeEnv([], [{ name: 'PATH', value: DEFAULT_PATH }]);
  const image = { ...state.image, created: state.image.created ?? new Date().toISOString(), config };
  const record = recordImage(ctx, {
    config: image,
    layers: [...state.layers],
    parent: '',
    reference: tags[0],
  });
  for (const reference of tags.slice(1))
    recordImage(ctx, { config: image, layers: [...state.layers], parent: '', reference });
  return { imageId: record.Id, tags: [...tags] };
}

/** What Docker's builder sets when nobody did. */
const DEFAULT_PATH = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

/** Steps' containers of a build that was killed. */
async function removeLeftovers(ctx: Context): Promise<void> {
  for (const { Id, Build } of containerDocuments(ctx).all()) {
    if (Build !== undefined && processStart(Build.pid) !== Build.started)
      await remove(ctx, Id, { force: true, volumes: true });
  }
}
