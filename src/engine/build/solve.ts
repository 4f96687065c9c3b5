/** Solves a build: the stages the target needs, each once, independent ones at the same time. */
import { EngineError } from '../errors.ts';
import { BuildError, excerptOf } from './build-error.ts';
import { dispatch, type StageRun } from './dispatch.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { findStage, type Stage } from './dockerfile/stages.ts';
import { suggest } from './dockerfile/suggest.ts';
import { lastGoodImage } from './export.ts';
import { baseState, expandFrom, onbuildTriggers, shownName } from './from.ts';
import type { BuildJob, Steps } from './job.ts';
import { Numbering } from './numbering.ts';
import type { StageState } from './stage-state.ts';

export class Solver {
  readonly #job: BuildJob;
  readonly #steps: Steps;
  readonly #stages = new Map<number, Promise<StageState>>();
  readonly #images = new Map<string, Promise<StageState>>();

  /** what failed first; the others fail because of it */
  #first: unknown;

  constructor(job: BuildJob, steps: Steps) {
    this.#job = job;
    this.#steps = steps;
  }

  /** The state at the end of the target. When it fails, the other stages are stopped and waited for. Throws BuildError, CANCELED. */
  async solve(): Promise<StageState> {
    try {
      return await this.stage(this.#job.target);
    } catch (error) {
      await Promise.allSettled([...this.#stages.values(), ...this.#images.values()]);
      throw this.#first ?? error;
    }
  }

  /** The state at the end of a stage. Throws BuildError with the lines of the instruction that failed. */
  stage(stage: Stage): Promise<StageState> {
    const running = this.#stages.get(stage.index) ?? this.#runStage(stage);
    // nobody may be waiting for a stage that was started ahead; one that fails ends the others at once
    running.catch((error: unknown) => {
      this.#first ??= error;
      this.#job.stop.abort();
    });
    this.#stages.set(stage.index, running);
    return running;
  }

  /** An image as `FROM` or `--from` name it, pulled once however often it is used. */
  image(name: string, options: { platform?: string; prefix?: string } = {}): Promise<StageState> {
    const { platform, prefix = '' } = options;
    const key = `${shownName(name)} ${platform ?? ''}`;
    const loading = this.#images.get(key) ?? baseState(this.#job, this.#steps, { name, platform, prefix });
    loading.catch(() => {});
    this.#images.set(key, loading);
    return loading;
  }

  /** What `--from=NAME` of a stage means: an earlier stage, else an image. */
  async from(name: string, asking: Stage, instruction: Instruction): Promise<StageState> {
    const { stages } = this.#job.stages;
    const earlier = findStage(stages, name, asking.index);
    if (earlier !== undefined) return this.stage(earlier);
    const isStage = findStage(stages, name) !== undefined;
    if (isStage || /^\d+$/.test(name)) {
      const message = isStage
        ? `circular dependency detected on stage: ${name}`
        : `invalid stage index ${name}: there are ${stages.length} stages`;
      const hint = 'copy only from stages that stand before';
      throw this.#failure(new EngineError('INVALID_ARGUMENT', message, { hint }), instruction);
    }
    return this.image(name).catch((error: unknown) => {
      throw this.#nearStage(error, name, asking);
    });
  }

  /** The error of an image that can't be had, with the stage that was perhaps meant. */
  #nearStage(error: unknown, name: string, asking: Stage): unknown {
    const { stages } = this.#job.stages;
    const earlier = stages.slice(0, asking.index).flatMap((stage) => stage.name ?? []);
    const isLater = findStage(stages, name) !== undefined;
    const near = suggest(name, earlier);
    if (!(error instanceof EngineError) || (near === undefined && !isLater)) return error;
    const hint = isLater
      ? `the stage ${name} stands further down: a stage begins on an image or an earlier stage`
      : `no stage is called ${name}; did you mean ${near}?`;
    return new EngineError(error.code, error.message, { cause: error, hint });
  }

  async #runStage(stage: Stage): Promise<StageState> {
    this.#startAhead(stage);
    const base = await this.#base(stage);
    const triggers = onbuildTriggers(base, stage);
    const instructions = [...triggers.instructions, ...stage.instructions];
    const numbers = new Numbering(stage, instructions, this.#job.stages.stages.length);
    let { state } = triggers;
    for (const instruction of instructions) {
      const run: StageRun = {
        job: this.#job,
        steps: this.#steps,
        stage,
        title: numbers.titleOf(instruction),
        from: (name) => this.from(name, stage, instruction),
      };
      try {
        this.#job.signal.throwIfAborted();
        state = await dispatch(run, state, instruction);
      } catch (error) {
        throw this.#failure(error, instruction, state);
      }
    }
    return state;
  }

  /** Stages this one copies from or mounts need not wait for its own first steps. */
  #startAhead(stage: Stage): void {
    for (const instruction of stage.instructions) {
      const names = instruction.kind === 'copy' ? [instruction.flags.from ?? ''] : mountedFrom(instruction);
      for (const name of names.filter(Boolean)) {
        const source = findStage(this.#job.stages.stages, name, stage.index);
        if (source !== undefined) void this.stage(source);
      }
    }
  }

  async #base(stage: Stage): Promise<StageState> {
    try {
      const { image, platform } = expandFrom(this.#job, stage.from);
      const earlier = findStage(this.#job.stages.stages, image, stage.index);
      // its ARGs are known here, too (builder reference, "Scope")
      if (earlier !== undefined) return { ...(await this.stage(earlier)), hasCmd: false };
      const numbers = new Numbering(stage, stage.instructions, this.#job.stages.stages.length);
      return await this.image(image, { platform, prefix: numbers.prefixOfFrom() }).catch((error: unknown) => {
        throw this.#nearStage(error, image, stage);
      });
    } catch (error) {
      throw this.#failure(error, stage.from);
    }
  }

  #failure(error: unknown, instruction: Instruction, state?: StageState): unknown {
    if (error instanceof BuildError || this.#job.signal.aborted) return error;
    const { startLine, endLine } = instruction;
    const imageId = state === undefined ? undefined : lastGoodImage(this.#job, state);
    return new BuildError(error, {
      file: this.#job.file,
      startLine,
      endLine,
      excerpt: excerptOf(this.#job.source, instruction),
      exitCode: (error as { exitCode?: number }).exitCode,
      ...(imageId !== undefined && { lastGood: { imageId } }),
    });
  }
}

function mountedFrom(instruction: Instruction): string[] {
  if (instruction.kind !== 'run') return [];
  return (instruction.flags.mount ?? []).flatMap((text) => /(?:^|,)from=([^,$]+)/.exec(text)?.[1] ?? []);
}
