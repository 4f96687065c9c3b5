/** RUN as a step: cache, mounts, container, layer. */
import { join } from 'node:path';
import { PREDEFINED } from './arguments.ts';
import { findCached, remember } from './cache.ts';
import { type CopySource, layersSource } from './copy-source.ts';
import type { StageRun } from './dispatch.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { expanded } from './dockerfile/metadata.ts';
import { expandWord } from './dockerfile/words.ts';
import { prepareMounts, readMountFlags } from './run-mounts.ts';
import { type RunInstruction, runCommandOf, runStep } from './run-step.ts';
import { keyOf, type LayerEntry, runConfigOf, type StageState, withLayer, wordsOf } from './stage-state.ts';

export async function runRun(run: StageRun, state: StageState, written: RunInstruction): Promise<StageState> {
  const { job } = run;
  const instruction = expandFlags(run, state, written);
  const flags = readMountFlags(instruction);
  const network = networkOf(run, instruction);
  // what is mounted from a stage counts as its identity; from the context, as its content
  const inputs = await Promise.all(
    flags.map(async (flag) => [flag, flag.type === 'bind' ? await bindKey(run, flag) : '']),
  );
  const command = runCommandOf(instruction, state);
  const key = keyOf(state.key, 'run', command, network, inputs);
  const createdBy = `RUN ${argsText(state)}${command.join(' ')} # buildkit`;
  return run.steps.run(run.title, async (step) => {
    const cached = job.options.noCache ? undefined : await findCached(job.ctx, key);
    const layer = cached?.layer ?? (await execute(run, state, { instruction, network, step }));
    const createdAt = cached?.createdAt ?? Date.now();
    if (cached === undefined) remember(job.ctx, { key, layer, createdBy, createdAt });
    const next = withLayer(state, layer, { key, createdBy, created: new Date(createdAt).toISOString() });
    return { value: next, isCached: cached !== undefined };
  });
}

interface Execution {
  instruction: RunInstruction;
  network: string;
  step: number;
}

async function execute(
  run: StageRun,
  state: StageState,
  { instruction, network, step }: Execution,
): Promise<LayerEntry> {
  const { job } = run;
  const opened: CopySource[] = [];
  const resolve = async (from: string | undefined, source: string) => {
    const found =
      from === undefined
        ? await job.contextFiles()
        : await layersSource(job.ctx, await run.from(from), job.signal);
    if (from !== undefined) opened.push(found);
    return insideOf(found, source, instruction);
  };
  const workingDir = runConfigOf(state).WorkingDir ?? '/';
  const mounts = await prepareMounts(job.ctx, instruction, { options: job.options, workingDir, resolve });
  try {
    return await runStep(job.ctx, {
      state,
      instruction,
      mounts,
      extraEnv: PREDEFINED.flatMap((name) =>
        job.buildArgs[name] === undefined ? [] : [`${name}=${job.buildArgs[name]}`],
      ),
      host: { NetworkMode: network, ExtraHosts: job.options.addHosts, ShmSize: job.options.shmSizeBytes },
      onOutput: (stream, data) => job.emit({ type: 'output', step, stream, data }),
      signal: job.signal,
    });
  } finally {
    await mounts.close();
    for (const source of opened) await source.close();
  }
}

/** Only a path of the walked source, so no symlink on the way can lead out of its root. */
function insideOf(source: CopySource, path: string, instruction: RunInstruction): string {
  const clean = path
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  if (clean === '') return source.root;
  const found = source.files.get(clean);
  if (found === undefined || found.type === 'symlink') {
    throw new DockerfileError(
      `bind mount source "${path}" not found`,
      instruction,
      'is it left out by .dockerignore?',
    );
  }
  return join(source.root, clean);
}

async function bindKey(
  run: StageRun,
  { from, source = '' }: { from?: string; source?: string },
): Promise<string> {
  if (from !== undefined) return (await run.from(from)).key;
  const context = await run.job.contextFiles();
  const prefix = source
    .split('/')
    .filter((part) => part !== '' && part !== '.')
    .join('/');
  const inside = [...context.files.values()].filter(
    ({ path }) => prefix === '' || path === prefix || path.startsWith(`${prefix}/`),
  );
  return keyOf(
    inside.map((file) => [
      file.path,
      file.type,
      file.mode,
      file.linkTarget,
      file.type === 'file' ? context.digestOf(file) : '',
    ]),
  );
}

function networkOf({ job }: StageRun, instruction: RunInstruction): string {
  const asked = instruction.flags.network ?? job.options.network ?? 'default';
  if (instruction.flags.network !== undefined && !['default', 'none', 'host'].includes(asked)) {
    throw new DockerfileError(
      `invalid network mode ${JSON.stringify(asked)}`,
      instruction,
      'use default, none or host',
    );
  }
  if (instruction.flags.security !== undefined && instruction.flags.security !== 'sandbox') {
    throw new DockerfileError(`security.${instruction.flags.security} is not allowed`, instruction);
  }
  return asked === 'default' ? 'bridge' : asked;
}

/** Variables are allowed in --mount. */
function expandFlags(run: StageRun, state: StageState, instruction: RunInstruction): RunInstruction {
  const words = wordsOf(state, run.job.escape);
  const mount = instruction.flags.mount?.map((text) => expanded(instruction, () => expandWord(text, words)));
  return mount === undefined ? instruction : { ...instruction, flags: { ...instruction.flags, mount } };
}

/** `|2 A=1 B=2 `: how Docker's history shows the build arguments of a step. */
function argsText({ args }: StageState): string {
  return args.size === 0
    ? ''
    : `|${args.size} ${[...args].map(([name, value]) => `${name}=${value}`).join(' ')} `;
}
