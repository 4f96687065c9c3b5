/** The build verb: a build whose inputs are as they were is told again; any other is run. */
import type { Context } from '../context.ts';
import { withEvents } from '../event-channel.ts';
import { taggable } from '../images/names.ts';
import type { BuildEvent, BuildOptions, BuildResult } from '../types/build.ts';
import { type Definition, readDefinition } from './definition.ts';
import { replay } from './replay.ts';
import { removeLeftovers } from './scratch.ts';

/**
 * `options.signal` is not looked at before there is something to cancel: it may be made on demand, for 2 ms.
 * Throws BuildError (an instruction failed), INVALID_ARGUMENT, NOT_FOUND, UNAVAILABLE, CANCELED.
 */
export async function* build(
  ctx: Context,
  options: BuildOptions,
): AsyncGenerator<BuildEvent, BuildResult, void> {
  for (const message of await removeLeftovers(ctx)) yield { type: 'warning', message };
  const definition = definitionOf(options); // read once: a Dockerfile may be a pipe
  definition.catch(() => {}); // told with the step that waits for it
  const events: BuildEvent[] = [];
  const told = await replay(ctx, options, {
    definition,
    emit: (event) => void events.push(event),
  });
  for (const event of events) yield event;
  if (told !== undefined) return told;
  const references = (options.tags ?? []).map(taggable);
  return yield* withEvents(options.signal, async (emit, signal, room) => {
    const { runBuild } = await import('./run-build.ts');
    return runBuild(ctx, { ...options, signal, room, references, definition }, emit);
  });
}

/** That of a folder context. */
async function definitionOf(options: BuildOptions): Promise<Definition | undefined> {
  return options.context.type === 'folder' ? readDefinition(options) : undefined;
}
