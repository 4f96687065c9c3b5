/** How a running build is shown; picked by --progress. */
import type { BuildEvent, BuildResult } from '../../../engine/index.ts';

export interface BuildView {
  /** Resolves when it may be told more: what nobody reads must not pile up. */
  show(event: BuildEvent): Promise<void> | undefined;
  /** Writes what is still to be written. */
  end(): Promise<void>;
}

/** Runs a build to its result, its events handed to `view`. Throws what the build throws. */
export async function showBuild(
  job: AsyncGenerator<BuildEvent, BuildResult, void>,
  view: BuildView,
): Promise<BuildResult> {
  try {
    for (;;) {
      const next = await job.next();
      if (next.done) return next.value;
      await view.show(next.value);
    }
  } finally {
    await view.end();
  }
}

/** -q: nothing. */
export const silent: BuildView = { show: () => undefined, end: async () => {} };
