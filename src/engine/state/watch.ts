/** Watches the database's folder, so that a change made by any process is seen soon. Loaded only by who follows events. */
import { dirname } from 'node:path';
import { watch } from 'chokidar';
import type { EngineEvent } from '../types/events.ts';
import { eventsAfter } from './events.ts';
import type { State } from './state.ts';

/** From a look to the next while the files change; the last comes after the last change. */
const AGAIN_MS = 25;
/**
 * A commit is there for readers a moment after it was written to the WAL, where the notice comes from: its writer may be stopped in between
 * (sqlite.org/walformat.html: the wal-index, in shared memory, changes last). Some file systems give no notice at all. A look takes 20 µs.
 */
const ANYWAY_MS = 500;

/** Calls `listener` with new events, whichever process made them, until the signal aborts. */
export function watchEvents(
  state: State,
  file: string,
  from: number,
  listener: (event: EngineEvent) => void,
  signal: AbortSignal,
): void {
  let seen = from;
  let again: NodeJS.Timeout | undefined;
  let isChanged = false;
  const look = () => {
    if (signal.aborted) return;
    for (const { seq, event } of eventsAfter(state, seen)) {
      seen = seq;
      listener(event);
    }
  };
  const onChange = () => {
    if (signal.aborted) return;
    isChanged = true;
    if (again !== undefined) return;
    isChanged = false;
    look();
    again = setTimeout(lookAgain, AGAIN_MS);
  };
  const lookAgain = () => {
    again = undefined;
    if (isChanged) onChange();
    else look();
  };
  const watcher = watch(dirname(file), { ignoreInitial: true, depth: 0 });
  // 'all' comes after a look at the file, and at most each 50 ms; the WAL is the file every commit writes
  for (const event of ['raw', 'all', 'ready'] as const) watcher.on(event, onChange);
  const anyway = setInterval(look, ANYWAY_MS);
  const stop = () => {
    clearTimeout(again);
    clearInterval(anyway);
    void watcher.close();
  };
  signal.addEventListener('abort', stop, { once: true });
}
