/** Watches a build for what its replay needs. */
import type { Context } from '../context.ts';
import type { Reference } from '../oci/reference.ts';
import type { BuildEvent, BuildOptions } from '../types/build.ts';
import type { FoundStep } from './cache.ts';
import { type ContextFile, isSettled } from './context-files.ts';
import type { Definition } from './definition.ts';
import { EXPORT_STEP } from './export-notes.ts';
import { type Base, forgetOldReplays, idOf, isRepeatable, type Replay, replays, stampOf } from './replays.ts';

/** Larger contexts take their time for the walk alone, and their list would make every look into the database slow. */
const MAX_FILES = 2000;
const MAX_EVENTS = 2000;
/** of one record, as JSON: paths of files and titles of steps can be long */
const MAX_CHARACTERS = 1024 * 1024;
const MAX_REPLAYS = 64;

export interface Recorder {
  emit(event: BuildEvent): void;
  /** An image that was here under this name. */
  noteBase(base: Base): void;
  /** Something came from outside: what the build does next time can't be known. */
  giveUp(): void;
  /** For a build that succeeded; a file that may still change without a trace keeps it from being told. */
  save(done: {
    definition: Definition;
    steps: readonly FoundStep[];
    files: Iterable<ContextFile> | undefined;
    imageId: string;
    references: Reference[];
  }): Promise<void>;
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
  const internal = new Set<number>();
  let isExporting = false;
  return {
    emit(event) {
      emit(event);
      if (event.type === 'step' && event.name.startsWith('[internal] ')) internal.add(event.step);
      isExporting ||= event.type === 'step' && event.name === EXPORT_STEP; // told anew, with the names asked for then
      const told = isExporting ? undefined : nextTime(event, internal);
      if (told !== undefined && !isOver && events.length <= MAX_EVENTS) events.push(told);
    },
    noteBase: (base) => void bases.push(base),
    giveUp: () => {
      isOver = true;
    },
    async save({ definition, steps, files, ...made }) {
      const found = files === undefined ? undefined : [...files];
      if (isOver || (found?.length ?? 0) > MAX_FILES || events.length > MAX_EVENTS) return;
      if (found?.some((file) => file.type !== 'directory' && !isSettled(file, startedNs))) return;
      const { dockerfileText, ignorePatterns } = definition;
      const inputs = { dockerfileText, ignorePatterns, bases, steps: [...steps], files: found?.map(stampOf) };
      const { tags = [] } = options;
      keep(ctx, {
        id: await idOf(options, definition),
        ...inputs,
        ...made,
        tags,
        events,
        savedAt: Date.now(),
      });
    },
  };
}

/** What a build says that finds all steps in the cache; undefined: nothing. */
function nextTime(event: BuildEvent, internal: ReadonlySet<number>): BuildEvent | undefined {
  if (event.type === 'warning' || event.type === 'step') return event;
  const isInternal = internal.has(event.step);
  if (event.type === 'done') return { ...event, isCached: !isInternal, durationMs: 0 };
  return event.type === 'progress' && isInternal ? event : undefined;
}

function keep(ctx: Context, replay: Replay): void {
  if (JSON.stringify(replay).length > MAX_CHARACTERS) return;
  try {
    ctx.state.write(() => {
      replays(ctx).put(replay.id, replay);
      forgetOldReplays(ctx, MAX_REPLAYS);
    });
  } catch {
    // on a full disk: the image is made, and the next build is planned like this one
  }
}
