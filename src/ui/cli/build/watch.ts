/** build --watch: builds, waits for a change of the context, says what changed, builds again; until Ctrl-C. */
import type { BuildOptions, Engine } from '../../../engine/index.ts';
import type { CliIo } from '../io.ts';
import { INTERRUPTED } from '../plain-error.ts';

/** Names of changed files that are shown; the rest is counted. */
const SHOWN = 5;

export async function watchBuild(
  engine: Engine,
  options: BuildOptions,
  { build, io }: { build(): Promise<number>; io: CliIo },
): Promise<number> {
  // a changed ignore file changes what is watched: then the watch starts anew
  while (!io.signal.aborted) {
    for await (const paths of engine.builder.watch(options)) {
      if (paths.length > 0) await io.stderr.write(`\nchanged: ${shown(paths)}\n`);
      await build();
      if (io.signal.aborted) break;
      if (paths.some((path) => path.endsWith('.dockerignore'))) break;
      await io.stderr.write('watching for changes, Ctrl-C to end\n');
    }
  }
  return INTERRUPTED;
}

function shown(paths: readonly string[]): string {
  const more = paths.length > SHOWN ? ` and ${paths.length - SHOWN} more` : '';
  return paths.slice(0, SHOWN).join(', ') + more;
}
