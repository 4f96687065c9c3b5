/** What the parts of one running build share. */
import { monotonicMs } from '../clock.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import type { Platform } from '../oci/platform.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { StepCache } from './cache.ts';
import type { CopySource } from './copy-source.ts';
import type { Stage, Stages } from './dockerfile/stages.ts';
import type { Recorder } from './recorder.ts';

export interface BuildJob {
  ctx: Context;
  options: BuildOptions;
  /** the Dockerfile's text and name, for errors */
  source: string;
  file: string;
  escape: string;
  stages: Stages;
  target: Stage;
  platform: Platform;
  /** build arguments given, those from the environment resolved */
  buildArgs: Readonly<Record<string, string>>;
  /** platform arguments and the ARGs before the first FROM */
  metaArgs: ReadonlyMap<string, string>;
  /** Aborts the steps that run elsewhere when one has failed. */
  stop: AbortController;
  cache: StepCache;
  recorder: Recorder;
  /** The build context's files, read at the first COPY that needs them. */
  contextFiles(): Promise<CopySource>;
  emit(event: BuildEvent): void;
  /** Resolves when the events so far were read, more or less. */
  room(): Promise<void>;
  signal: AbortSignal;
}

/** Numbers the steps and times them. */
export class Steps {
  readonly #emit: (event: BuildEvent) => void;
  #count = 0;

  constructor(emit: (event: BuildEvent) => void) {
    this.#emit = emit;
  }

  /** Runs `work` as a step; what it throws is shown as the step's failure and thrown on. */
  async run<T>(
    name: string,
    work: (step: number) => Promise<{ value: T; isCached: boolean }>,
    stage?: string,
  ): Promise<T> {
    this.#count += 1;
    const step = this.#count;
    const startedMs = monotonicMs();
    this.#emit({ type: 'step', step, name, stage });
    try {
      const { value, isCached } = await work(step);
      this.#emit({ type: 'done', step, isCached, durationMs: monotonicMs() - startedMs });
      return value;
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      this.#emit({
        type: 'failed',
        step,
        message,
        isCanceled: codeOf(error) === 'CANCELED' || (error as Error).name === 'AbortError',
      });
      throw error;
    }
  }
}
