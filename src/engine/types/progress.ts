/** Progress of long work. Long verbs are async generators: they yield Progress and return their result. */

/** One line or bar, after Docker's JSON message stream. `id` names the layer (12 hex digits) or is absent for a plain line. */
export interface Progress {
  id?: string;
  /** Docker's words: Pulling from, Pulling fs layer, Waiting, Downloading, Verifying Checksum, Download complete, Extracting, Pull complete, Already exists, Preparing, Pushing, Pushed, Layer already exists, … */
  status: string;
  /** Bytes; total absent when unknown. */
  current?: number;
  total?: number;
}

/** What every long verb is. `for await` shows it; `finish` in this file runs it to its result. */
export type Job<T> = AsyncGenerator<Progress, T, void>;

/** Runs a job to its end, handing progress to `onProgress`. */
export async function finish<T>(job: Job<T>, onProgress?: (progress: Progress) => void): Promise<T> {
  for (;;) {
    const step = await job.next();
    if (step.done) return step.value;
    onProgress?.(step.value);
  }
}
