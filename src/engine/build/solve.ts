/** Solves a build: the stages the target needs, each once, independent ones at the same time. */
import { EngineError } from '../errors.ts';
import { BuildError, excerptOf } from './build-error.ts';
import { dispatch, type StageRun } from './dispatch.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { findStage, type Stage } from './dockerfile/stages.ts';
import { baseState, expandFrom, onbuildTriggers } from './from.ts';
import type { BuildJob, Steps } from './job.ts';
import type { StageState } from './stage-state.ts';

export class Solver {
  readonly #job: BuildJob;
  readonly #steps: Steps;
  readonly #stages = new Map<number, Promise<StageState>>();
  readonly #images = new Map<string, Promise<StageState>>();

  constructor(job: BuildJob, steps: Steps) {
    this.#job = job;
    this.#steps = steps;
  }

  /** The state at the end of a stage. Throws BuildError with the lines of the instruction that failed. */
  stage(stage: Stage): Promise<StageState> {
    const running = this.#stages.get(stage.index) ?? this.#runStage(stage);
    running.catch(() => {}); // a stage started ahead is awaited later
    this.#stages.set(stage.index, running);
    return running;
  }

  /** An image as `FROM` or `--from` name it, pulled once however often it is used. */
  image(name: string, platform?: string): Promise<StageState> {
    const key = `${name} ${platform ?? ''}`;
    const loading = this.#images.get(key) ?? baseState(this.#job, this.#steps, { name, platform });
    loading.catch(() => {});
    this.#images.set(key, loading);
    return loading;
  }

  /** What `--from=NAME` of a stage means: an earlier stage, else an image. */
  async from(name: string, asking: Stage, instruction: Instruction): Promise<StageState> {
    const { stages } = this.#job.stages;
    const earlier = findStage(stages, name, asking.index);
    if (earlier !== undefined) return this.stage(earlier);
    if (findStage(stages, name) !== undefined) {
      throw this.#failure(
        new EngineError('INVALID_ARGUMENT', `circular dependency detected on stage: ${name}`, {
          hint: 'copy only from stages that stand before',
        }),
        instruction,
      );
    }
    return this.image(name);
  }

  async #runStage(stage: Stage): Promise<StageState> {
    this.#startAhead(stage);
    let state = await this.#base(stage);
    const triggers = onbuildTriggers(state, stage, this.#job.escape);
    state = triggers.state;
    const instructions = [...triggers.instructions, ...stage.instructions];
    const run = new Numbering(stage, instructions, this.#job.stages.stages.length);
    for (const instruction of instructions) {
      this.#job.signal.throwIfAborted();
      const context: StageRun = {
        job: this.#job,
        steps: this.#steps,
        stage,
        title: run.titleOf(instruction),
        from: (name) => this.from(name, stage, instruction),
      };
      try {
        state = await dispatch(context, state, instruction);
      } catch (error) {
        throw this.#failure(error, instruction);
      }
    }
    return state;
  }

  /** Stages this one copies from need not wait for its own first steps. */
  #startAhead(stage: Stage): void {
    for (const instruction of stage.instructions) {
      if (instruction.kind !== 'copy' || instruction.flags.from === undefined) continue;
      const source = findStage(this.#job.stages.stages, instruction.flags.from, stage.index);
      if (source !== undefined) void this.stage(source);
    }
  }

  async #base(stage: Stage): Promise<StageState> {
    try {
      const { image, platform } = expandFrom(this.#job, stage.from);
      const earlier = findStage(this.#job.stages.stages, image, stage.index);
      if (earlier === undefined) return await this.image(image, platform);
      // its ARGs end with it (builder reference, "Scope")
      return { ...(await this.stage(earlier)), args: new Map() };
    } catch (error) {
      throw this.#failure(error, stage.from);
    }
  }

  #failure(error: unknown, instruction: Instruction): unknown {
    if (error instanceof BuildError || this.#job.signal.aborted) return error;
    const { startLine, endLine } = instruction;
    return new BuildError(error, {
      file: this.#job.file,
      startLine,
      endLine,
      excerpt: excerptOf(this.#job.source, instruction),
      exitCode: (error as { exitCode?: number }).exitCode,
    });
  }
}

/** Titles as `[build 2/5] RUN make`: FROM is the first, instructions without a layer don't count. */
class Numbering {
  readonly #prefix: string;
  readonly #counted: readonly Instruction[];

  constructor(stage: Stage, instructions: readonly Instruction[], stageCount: number) {
    this.#prefix = stageCount === 1 ? '' : `${stage.name ?? `stage-${stage.index}`} `;
    this.#counted = instructions.filter(
      ({ kind }) => kind === 'run' || kind === 'copy' || kind === 'add' || kind === 'workdir',
    );
  }

  titleOf(instruction: Instruction): string {
    const number = this.#counted.indexOf(instruction) + 2;
    return `[${this.#prefix}${number}/${this.#counted.length + 1}] ${instruction.original.replace(/\s+/g, ' ')}`;
  }
}
