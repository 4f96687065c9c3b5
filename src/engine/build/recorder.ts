/** Watches a build for what its replay needs. */
import type { Context } from '../context.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { ContextFile } from './context-files.ts';
import type { Definition } from './definition.ts';
import { EXPORT_STEP } from './export-notes.ts';
import { type Base, idOf, isRepeatable, replays, stampOf } from './replays.ts';

/** Larger contexts take their time for the walk alone, and their list would make every look into the database slow. */
const MAX_FILES = 2000;
const MAX_EVENTS = 2000;
const MAX_REPLAYS = 64;
/** A file changed this shortly before it was looked at may change again within the same time stamp ("racy git"). */
const SETTLED_NS = 2_000_000_000n;

export interface Recorder {
  emit(event: BuildEvent): void;
  /** An image that was here under this name. */
  noteBase(base: Base): void;
  /** Something came from outside: what the build does next time can't be known. */
  giveUp(): void;
  /** When all `steps` (undefined: not all) came from the cache, and the files asked for have settled. */
  save(done: {
    definition: Definition;
    steps: readonly string[] | undefined;
    files: Iterable<ContextFile> | undefined;
    imageId: string;
  }): void;
}

export function openRecorder(
  ctx: Context,
  options: BuildOptions,
  emit: (event: BuildEvent) => void,
): Recorder {
  const startedNs = BigInt(Date.now()) * 1_000_000n;
  const events: BuildEvent[] = [];
  const bases: Base[] = [];
  let isOver = !isRepeatable(options);
  let isExporting = false;
  return {
    emit(event) {
      emit(event);
      isExporting ||= event.type === 'step' && event.name === EXPORT_STEP; // told anew, with the names asked for then
      isOver ||= event.type === 'output' || events.length >= MAX_EVENTS;
      if (!isOver && !isExporting) events.push(event.type === 'done' ? { ...event, durationMs: 0 } : event);
    },
    noteBase: (base) => void bases.push(base),
    giveUp: () => {
      isOver = true;
    },
    save({ definition, steps, files, imageId }) {
      if (isOver || steps === undefined) return;
      isOver = true;
      const found = files === undefined ? undefined : [...files];
      if (found?.some(({ type, ctimeNs }) => type !== 'directory' && startedNs - ctimeNs < SETTLED_NS))
        return;
      if (found !== undefined && found.length > MAX_FILES) return;
      const { dockerfileText, ignorePatterns } = definition;
      const id = idOf(options, definition);
      const inputs = { dockerfileText, ignorePatterns, bases, steps: [...steps], files: found?.map(stampOf) };
      ctx.state.write(() => {
        replays(ctx).put(id, { ...inputs, id, events, imageId, savedAt: Date.now() });
        forgetOldest(ctx);
      });
    },
  };
}

function forgetOldest(ctx: Context): void {
  const known = replays(ctx)
    .all()
    .sort((a, b) => b.savedAt - a.savedAt);
  for (const { id } of known.slice(MAX_REPLAYS)) replays(ctx).remove(id);
}
