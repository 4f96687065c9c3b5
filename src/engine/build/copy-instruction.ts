/** COPY and ADD as a step: sources found, inputs hashed, cache asked, layer written. */
import { checkChecksum, isRemote, remoteSource } from './add-remote.ts';
import { type CopySource, heredocSource, layersSource } from './copy-source.ts';
import { type CopyInstruction, type CopyStep, copyKey } from './copy-step.ts';
import type { StageRun } from './dispatch.ts';
import { parseHeredoc } from './dockerfile/heredoc.ts';
import { expanded } from './dockerfile/metadata.ts';
import { expandWord } from './dockerfile/words.ts';
import { layered, viaShortcut } from './layer-step.ts';
import { keyOf, type StageState, wordsOf } from './stage-state.ts';

export async function runCopy(
  run: StageRun,
  state: StageState,
  instruction: CopyInstruction,
): Promise<StageState> {
  const words = wordsOf(state, run.job.escape);
  const expand = (text: string) => expanded(instruction, () => expandWord(text, words));
  const sources = instruction.sources.filter((text) => parseHeredoc(text) === undefined).map(expand);
  const { flags } = instruction;
  checkChecksum(instruction, instruction.sources.map(expand));
  const request = {
    state,
    instruction,
    destination: expand(instruction.destination),
    chown: flags.chown === undefined ? undefined : expand(flags.chown),
    chmod: flags.chmod === undefined ? undefined : expand(flags.chmod),
    signal: run.job.signal,
  };
  // what it waits for is no part of the step
  const from = flags.from ? await run.from(expand(flags.from)) : undefined; // '' = the context, as for Docker
  const needsContext =
    from === undefined && sources.some((source) => instruction.kind === 'copy' || !isRemote(source));
  if (needsContext) await run.job.contextFiles();
  const shortcut = from && keyOf(state.key, 'copy-from', from.key, written(request), sources, flags);
  return run.steps.run(run.title, async (step) => {
    const known = shortcut === undefined ? undefined : await viaShortcut(run.job, state, shortcut);
    if (known !== undefined) return known;
    const expandHeredoc = (text: string) =>
      expanded(instruction, () => expandWord(text, { ...words, escape: '\\', ignoresQuotes: true }));
    const parts = await openParts(run, instruction, { from, sources, expandHeredoc, step });
    try {
      const names = parts.flatMap((part) => part.names);
      const whole = { ...request, source: merged(parts), sources: names };
      return await copied(run, whole, { shortcut, createdBy: historyLine(request, sources) });
    } finally {
      for (const { source, isOwn } of parts) if (isOwn) await source.close();
    }
  });
}

const written = ({ destination, chown, chmod }: Pick<CopyStep, 'destination' | 'chown' | 'chmod'>) => [
  destination,
  chown ?? null,
  chmod ?? null,
];

/** BuildKit's words: variables put in, heredocs by name behind the other sources. */
function historyLine(
  {
    instruction,
    destination,
    chown,
    chmod,
  }: Pick<CopyStep, 'instruction' | 'destination' | 'chown' | 'chmod'>,
  sources: readonly string[],
): string {
  const flags = [
    ...(instruction.flags.parents ? ['--parents'] : []),
    ...(chown ? [`--chown=${chown}`] : []),
    ...(chmod ? [`--chmod=${chmod}`] : []),
  ];
  const heredocs = instruction.heredocs.map(({ name }) => `<<${name}`);
  const words = [instruction.kind.toUpperCase(), ...flags, ...sources, ...heredocs, destination];
  return `${words.join(' ')} # buildkit`;
}

async function copied(
  run: StageRun,
  step: CopyStep,
  { shortcut, createdBy }: { shortcut: string | undefined; createdBy: string },
) {
  const { ctx } = run.job;
  return layered(run.job, {
    state: step.state,
    key: await copyKey(step),
    shortcut,
    createdBy,
    make: async () => {
      const { copyStep, planStep } = await import('./copy-write.ts');
      return copyStep(ctx, step, await planStep(ctx, step));
    },
  });
}

/** Files of one origin, and the names of those that are copied. */
interface Part {
  source: CopySource;
  names: string[];
  /** to be closed after the step; the build context stays open */
  isOwn: boolean;
}

interface Wanted {
  from: StageState | undefined;
  sources: readonly string[];
  expandHeredoc(text: string): string;
  step: number;
}

async function openParts(
  run: StageRun,
  instruction: CopyInstruction,
  { from, sources, expandHeredoc, step }: Wanted,
): Promise<Part[]> {
  const { job } = run;
  if (from !== undefined) {
    const source = await layersSource(job.ctx, { state: from, sources, signal: job.signal });
    return [{ source, names: [...sources], isOwn: true }];
  }
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
      const source = await heredocSource(job.ctx, instruction.heredocs, expandHeredoc);
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
    digestOf: (file, signal) => owners.get(file.file)!.digestOf(file, signal),
    keepsOwners: false,
    close: async () => {},
  };
}
