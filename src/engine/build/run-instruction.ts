/** RUN as a step: cache, mounts, container, layer. What only a step that really runs needs is loaded by it. */
import { PREDEFINED } from './arguments.ts';
import type { StageRun } from './dispatch.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { expanded } from './dockerfile/metadata.ts';
import { expandWord } from './dockerfile/words.ts';
import { layered } from './layer-step.ts';
import { type MountFlag, readMountFlags } from './mount-flags.ts';
import { type RunInstruction, runCommandOf } from './run-command.ts';
import {
  envOf,
  keyOf,
  type LayerEntry,
  runConfigOf,
  type StageState,
  visibleArgs,
  wordsOf,
} from './stage-state.ts';

export async function runRun(
  run: StageRun,
  state: StageState,
  instruction: RunInstruction,
): Promise<StageState> {
  const { job } = run;
  const words = wordsOf(state, job.escape);
  const flags = readMountFlags(instruction, (text) => expanded(instruction, () => expandWord(text, words)));
  const network = networkOf(run, instruction);
  // what is mounted from a stage counts as its identity; from the context, as its content
  const inputs: unknown[] = [];
  for (const flag of flags) inputs.push([flag, await boundContent(run, flag)]);
  const command = runCommandOf(instruction, state);
  const scripts = instruction.heredocs.map(({ content }) => content);
  return run.steps.run(run.title, (step) =>
    layered(job, {
      state,
      key: keyOf(state.key, 'run', command, scripts, network, inputs, visibleArgs(state)),
      createdBy: `RUN ${argsText(state)}${command.join(' ')} # buildkit`,
      make: () => execute(run, state, { instruction, flags, network, step }),
    }),
  );
}

async function boundContent(run: StageRun, flag: MountFlag): Promise<string> {
  if (flag.type !== 'bind') return '';
  return (await import('./bind-sources.ts')).bindKey(run, flag);
}

interface Execution {
  instruction: RunInstruction;
  flags: readonly MountFlag[];
  network: string;
  step: number;
}

async function execute(
  run: StageRun,
  state: StageState,
  { instruction, flags, network, step }: Execution,
): Promise<LayerEntry> {
  const { job } = run;
  const [{ openBindSource }, { prepareMounts }, { runStep }] = await Promise.all([
    import('./bind-sources.ts'),
    import('./run-mounts.ts'),
    import('./run-step.ts'),
  ]);
  const workingDir = runConfigOf(state).WorkingDir ?? '/';
  const open = (flag: MountFlag) => openBindSource(run, flag, instruction);
  const { secrets, ssh } = job.options;
  const options = { secrets, ssh, signal: job.signal };
  const mounts = await prepareMounts(job.ctx, instruction, { options, workingDir, flags, open });
  try {
    return await runStep(job.ctx, {
      state,
      instruction,
      mounts,
      extraEnv: PREDEFINED.flatMap((name) =>
        job.buildArgs[name] === undefined ? [] : [`${name}=${job.buildArgs[name]}`],
      ),
      host: { NetworkMode: network, ExtraHosts: job.options.addHosts, ShmSize: job.options.shmSizeBytes },
      onOutput: (stream, data) => {
        job.emit({ type: 'output', step, stream, data });
        return job.room();
      },
      signal: job.signal,
    });
  } finally {
    await mounts.close();
  }
}

function networkOf({ job }: StageRun, instruction: RunInstruction): string {
  const asked = instruction.flags.network ?? job.options.network ?? 'default';
  if (instruction.flags.security !== undefined && instruction.flags.security !== 'sandbox') {
    throw new DockerfileError(`security.${instruction.flags.security} is not allowed`, instruction);
  }
  return asked === 'default' ? 'bridge' : asked;
}

/** `|2 A=1 B= `: how Docker's history shows the build arguments of a step; what ENV says of a name is shown for it. */
function argsText(state: StageState): string {
  const env = envOf(state);
  const args = state.declared.map((name) => `${name}=${env.get(name) ?? state.args.get(name) ?? ''}`);
  return args.length === 0 ? '' : `|${args.length} ${args.join(' ')} `;
}
