/** How a running build is shown; picked by --progress. */
import type { BuildEvent, BuildResult } from '../../../engine/index.ts';
import type { CliIo } from '../io.ts';

export interface BuildView {
  show(event: BuildEvent): void;
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
      view.show(next.value);
    }
  } finally {
    await view.end();
  }
}

/** -q: nothing. */
export const silent: BuildView = { show() {}, end: async () => {} };

/** On the screen: a line of the job tray per step. */
export function createTray(onProgress: NonNullable<CliIo['onProgress']>): BuildView {
  const names = new Map<number, string>();
  return {
    show(event) {
      if (event.type === 'warning' || event.type === 'output') return;
      if (event.type === 'step') names.set(event.step, event.name);
      const id = `#${event.step}`;
      const name = names.get(event.step) ?? '';
      if (event.type === 'progress')
        onProgress({
          id,
          status: event.label,
          current: event.current,
          ...(event.total !== undefined && { total: event.total }),
        });
      else if (event.type === 'done')
        onProgress({ id, status: `${event.isCached ? 'CACHED' : 'DONE'} ${name}` });
      else if (event.type === 'failed') onProgress({ id, status: `ERROR ${name}: ${event.message}` });
      else onProgress({ id, status: name });
    },
    end: async () => {},
  };
}
