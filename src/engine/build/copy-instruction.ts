/** COPY and ADD as a step: sources found, inputs hashed, cache asked, layer written. */
import { isRemote, remoteSource } from './add-remote.ts';
import { findCached, remember } from './cache.ts';
import { type CopySource, heredocSource, layersSource } from './copy-source.ts';
import { type CopyInstruction, type CopyStep, copyStep, planStep } from './copy-step.ts';
import type { StageRun } from './dispatch.ts';
import { parseHeredoc } from './dockerfile/heredoc.ts';
import { expanded } from './dockerfile/metadata.ts';
import { expandWord } from './dockerfile/words.ts';
import { type LayerEntry, type StageState, withLayer, wordsOf } from './stage-state.ts';

export async function runCopy(
  run: StageRun,
  state: StageState,
  instruction: CopyInstruction,
): Promise<StageState> {
  const words = wordsOf(state, run.job.escape);
  const expand = (text: string) => expanded(instruction, () => expandWord(text, words));
  const sources = instruction.sources.filter((text) => parseHeredoc(text) === undefined).map(expand);
  const { flags } = instruction;
  const request = {
    state,
    instruction,
    destination: expand(instruction.destination),
    chown: flags.chown === undefined ? undefined : expand(flags.chown),
    chmod: flags.chmod === undefined ? undefined : expand(flags.chmod),
    signal: run.job.signal,
  };
  return run.steps.run(run.title, async (step) => {
    const parts = await openParts(run, instruction, { sources, expand, step });
    try {
      return await copied(run, {
        ...request,
        source: merged(parts),
        sources: parts.flatMap(({ names }) => names),
      });
    } finally {
      for (const { source, isOwn } of parts) if (isOwn) await source.close();
    }
  });
}

async function copied(run: StageRun, step: CopyStep): Promise<{ value: StageState; isCached: boolean }> {
  const { ctx, options } = run.job;
  const planned = await planStep(ctx, step);
  const cached = options.noCache ? undefined : await findCached(ctx, planned.key);
  const layer: LayerEntry = cached?.layer ?? (await copyStep(ctx, step, planned));
  const createdAt = cached?.createdAt ?? Date.now();
  const createdBy = `${step.instruction.original.replace(/\s+/g, ' ')} # buildkit`;
  if (cached === undefined) remember(ctx, { key: planned.key, layer, createdBy, createdAt });
  const value = withLayer(step.state, layer, {
    key: planned.key,
    createdBy,
    created: new Date(createdAt).toISOString(),
  });
  return { value, isCached: cached !== undefined };
}

/** Files of one origin, and the names of those that are copied. */
interface Part {
  source: CopySource;
  names: string[];
  /** to be closed after the step; the build context stays open */
  isOwn: boolean;
}

interface Wanted {
  sources: readonly string[];
  expand(text: string): string;
  step: number;
}

async function openParts(
  run: StageRun,
  instruction: CopyInstruction,
  { sources, expand, step }: Wanted,
): Promise<Part[]> {
  const { job } = run;
  const { from } = instruction.flags;
  if (from !== undefined)
    return [
      {
        source: await layersSource(job.ctx, await run.from(from), job.signal),
        names: [...sources],
        isOwn: true,
      },
    ];
  const parts: Part[] = [];
  const remote = instruction.kind === 'add' ? sources.filter(isRemote) : [];
  const local = sources.filter((source) => !remote.includes(source));
  try {
    if (local.length > 0) parts.push({ source: await job.contextFiles(), names: local, isOwn: false });
    for (const url of remote) {
      const { source, name } = await remoteSource(job, { url, instruction, step });
      parts.push({ source, names: [name], isOwn: true });
    }
    if (instruction.heredocs.length > 0) {
      const source = await heredocSource(job.ctx, instruction.heredocs, expand);
      parts.push({ source, names: instruction.heredocs.map(({ name }) => name), isOwn: true });
    }
    return parts;
  } catch (error) {
    for (const { source, isOwn } of parts) if (isOwn) await source.close();
    throw error;
  }
}

/** Parts as one source; a name that two parts have stands for the later one. */
function merged(parts: readonly Part[]): CopySource {
  const [first] = parts;
  if (first === undefined) throw new Error('a COPY without sources');
  if (parts.length === 1) return first.source;
  const owners = new Map(
    parts.flatMap(({ source }) => [...source.files.values()].map((file) => [file.file, source] as const)),
  );
  const files = new Map(parts.flatMap(({ source }) => [...source.files]));
  return {
    root: first.source.root,
    files,
    digestOf: (file) => owners.get(file.file)!.digestOf(file),
    close: async () => {},
  };
}
