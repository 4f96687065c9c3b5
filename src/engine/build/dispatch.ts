/** Carries out one instruction on a stage's state. */
import { argValue } from './arguments.ts';
import { runCopy } from './copy-instruction.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { expanded } from './dockerfile/metadata.ts';
import type { Arg, Stage } from './dockerfile/stages.ts';
import { expandWord } from './dockerfile/words.ts';
import type { BuildJob, Steps } from './job.ts';
import { withMetadata } from './metadata-step.ts';
import { runRun } from './run-instruction.ts';
import { type StageState, withArg, withAuthor, withHistory, wordsOf } from './stage-state.ts';

/** An instruction's surroundings. */
export interface StageRun {
  job: BuildJob;
  steps: Steps;
  stage: Stage;
  /** as progress shows it: '[2/3] RUN make' */
  title: string;
  /** The stage or image that --from names. */
  from(name: string): Promise<StageState>;
}

/** The state after the instruction. Throws DockerfileError, RunFailedError, CANCELED, and what the store throws. */
export async function dispatch(
  run: StageRun,
  state: StageState,
  instruction: Instruction,
): Promise<StageState> {
  switch (instruction.kind) {
    case 'from':
      return state; // begins a stage; never among its instructions
    case 'arg':
      return applyArg(run, state, instruction);
    case 'maintainer':
      return withAuthor(state, instruction.value);
    case 'run':
      return runRun(run, state, instruction);
    case 'copy':
    case 'add':
      return runCopy(run, state, instruction);
    case 'workdir':
      return (await import('./workdir.ts')).runWorkdir(run, state, instruction);
    default:
      return withMetadata(state, instruction, run.job.escape);
  }
}

function applyArg({ job }: StageRun, state: StageState, instruction: Arg): StageState {
  let next = state;
  const shown: string[] = [];
  for (const arg of instruction.args) {
    const words = wordsOf(next, job.escape);
    const expand = (text: string) => expanded(instruction, () => expandWord(text, words));
    const value = argValue(arg, { given: job.buildArgs, meta: job.metaArgs, expand });
    next = withArg(next, arg.name, value);
    shown.push(value === undefined ? arg.name : `${arg.name}=${value}`);
  }
  // no part of the key: a value counts where it is used, and a RUN uses all (builder reference, "Impact on build caching")
  return withHistory(next, `ARG ${shown.join(' ')}`);
}
