/** Watches the database's folder, so that a change made by any process is seen without polling. Loaded only by who follows events. */
import { dirname } from 'node:path';
import { watch } from 'chokidar';
import type { EngineEvent } from '../types/events.ts';
import { eventsAfter } from './events.ts';
import type { State } from './state.ts';

/** Calls `listener` with new events, whichever process made them, until the signal aborts. */
export function watchEvents(
  state: State,
  file: string,
  from: number,
  listener: (event: EngineEvent) => void,
  signal: AbortSignal,
): void {
  let seen = from;
  const drain = () => {
    if (signal.aborted) return;
    for (const { seq, event } of eventsAfter(state, seen)) {
      seen = seq;
      listener(event);
    }
  };
  // chokidar throttles per file (50 ms); the WAL is the file every commit writes.
  const watcher = watch(dirname(file), { ignoreInitial: true, depth: 0 });
  watcher.on('all', drain);
  watcher.on('ready', drain);
  signal.addEventListener('abort', () => void watcher.close(), { once: true });
}
