/** Shows a pull or a push: Docker's plain lines, its block of bars on a terminal, or the screen's job tray. */
import type { Job, Progress } from '../../engine/index.ts';
import { finish } from '../../engine/index.ts';
import type { CliIo, Output } from './io.ts';

/** Runs a job to its result, showing its progress on `output`. */
export async function showJob<T>(job: Job<T>, io: CliIo, output: Output): Promise<T> {
  if (io.onProgress !== undefined) return await finish(job, io.onProgress);
  const { createBars, createLines } = await import('./progress-lines.ts');
  const view = output.isTty ? createBars(output) : createLines(output);
  try {
    return await finish(job, (progress: Progress) => view.show(progress));
  } finally {
    await view.end();
  }
}

/** 'docker.io/library/busybox:1' → 'busybox:1' */
export function familiar(reference: string): string {
  return reference.replace(/^docker\.io\/(library\/(?!.*\/))?/, '');
}
