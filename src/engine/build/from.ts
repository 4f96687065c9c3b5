/** FROM: the base image or scratch, pulled when it is missing, and the ONBUILD triggers it brings. */
import { EngineError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import type { ImageRecord } from '../images/records.ts';
import { parsePlatform } from '../oci/platform.ts';
import { formatReference, parseReference, withDefaultTag } from '../oci/reference.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { type Instruction, readInstruction } from './dockerfile/instructions.ts';
import { expanded } from './dockerfile/metadata.ts';
import { parseDockerfile } from './dockerfile/parse.ts';
import type { From, Stage } from './dockerfile/stages.ts';
import { expandWord } from './dockerfile/words.ts';
import type { BuildJob, Steps } from './job.ts';
import { type StageState, scratchState, stateFrom } from './stage-state.ts';

/** The image's name and platform with the ARGs before the first FROM put in. Throws DockerfileError when nothing is left. */
export function expandFrom(job: BuildJob, from: From): { image: string; platform?: string } {
  const words = { get: (name: string) => job.metaArgs.get(name), escape: job.escape };
  const image = expanded(from, () => expandWord(from.image, words));
  if (image === '') {
    throw new DockerfileError(
      `base name (${from.image}) should not be blank`,
      from,
      'give the ARG a value with --build-arg, or a default',
    );
  }
  const platform =
    from.platform === undefined ? undefined : expanded(from, () => expandWord(from.platform!, words));
  return { image, platform: platform || undefined };
}

/** The state that a base image gives; `prefix` = how progress calls the step. Throws NOT_FOUND and what pulling throws. */
export async function baseState(
  job: BuildJob,
  steps: Steps,
  { name, platform, prefix }: { name: string; platform?: string; prefix: string },
): Promise<StageState> {
  if (name === 'scratch')
    return scratchState(platform === undefined ? job.platform : parsePlatform(platform, job.platform));
  const shown = shownName(name);
  const held = await steps.run(`[internal] load metadata for ${shown}`, async () => ({
    value: job.options.pull ? undefined : await heldImage(job, name, platform ?? job.options.platform),
    isCached: false,
  }));
  const image = await steps.run(`${prefix}FROM ${shown}`, async (step) =>
    held === undefined
      ? { value: await pullBase(job, { name, platform }, step), isCached: false }
      : { value: held, isCached: true },
  );
  job.recorder.noteBase({ name, reference: shown, imageId: image.Id });
  job.cache.noteImage(image);
  return stateFrom(image);
}

/** 'docker.io/library/busybox:latest'; an image's id stays as it is. */
export function shownName(name: string): string {
  try {
    return formatReference(withDefaultTag(parseReference(name)));
  } catch {
    return name; // an id, or what findImage will refuse
  }
}

/** One that is here, and of the platform that was asked for. */
async function heldImage(
  { ctx, platform: host }: BuildJob,
  name: string,
  asked: string | undefined,
): Promise<ImageRecord | undefined> {
  try {
    const image = findImage(ctx, name);
    if (asked === undefined) return image;
    const { matchesPlatform } = await import('../oci/platform-match.ts');
    const { os, architecture, variant } = image.config;
    return matchesPlatform(parsePlatform(asked, host), { os, architecture, variant }) ? image : undefined;
  } catch (error) {
    if (error instanceof EngineError && error.code === 'NOT_FOUND') return undefined;
    throw error;
  }
}

async function pullBase(
  job: BuildJob,
  { name, platform }: { name: string; platform?: string },
  step: number,
): Promise<ImageRecord> {
  job.cache.noteUse();
  const { pull } = await import('../images/pull.ts'); // HTTP is slow to load
  const pulling = pull(job.ctx, name, { platform: platform ?? job.options.platform, signal: job.signal });
  for (;;) {
    const next = await pulling.next();
    if (next.done) return findImage(job.ctx, next.value[0]!.imageId);
    const { id, status, current = 0, total } = next.value;
    if (id !== undefined) job.emit({ type: 'progress', step, label: `${id} ${status}`, current, total });
  }
}

/** Triggers run before the stage's own instructions, in their order, and are not passed on. */
export function onbuildTriggers(
  state: StageState,
  { from }: Stage,
): { state: StageState; instructions: Instruction[] } {
  const triggers = state.image.config?.OnBuild ?? [];
  if (triggers.length === 0) return { state, instructions: [] };
  const instructions = triggers.map((text) => readTrigger(text, from));
  const { OnBuild: _used, ...config } = state.image.config!;
  return { state: { ...state, image: { ...state.image, config } }, instructions };
}

/** A trigger is a Dockerfile of its own, with the backslash as escape character. Throws DockerfileError with the lines of FROM. */
function readTrigger(text: string, from: From): Instruction {
  const { startLine, endLine } = from;
  const [node, ...more] = parseDockerfile(text).nodes;
  if (more.length > 0) throw new DockerfileError('onbuild trigger should be a single expression', from, text);
  return readInstruction({ ...node!, startLine, endLine });
}
