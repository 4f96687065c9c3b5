/** Keeps the lists true: reads each again when an event says that it changed, whichever process made the change. */
import { type Engine, type EngineEvent, messageOf } from '../../../engine/index.ts';
import type { Store } from '../state/store.ts';
import { LIST_PANES, type ListPane, type Lists } from '../state/types.ts';

/** What an event of a kind changes. A container's start changes who uses which image and network. */
const CHANGES: Readonly<Record<EngineEvent['Type'], readonly ListPane[]>> = {
  container: ['containers', 'images', 'networks'],
  image: ['images'],
  volume: ['volumes'],
  network: ['networks'],
  builder: ['images'],
  daemon: LIST_PANES,
};

/** Container events that change no list. */
const QUIET = /^(exec_|attach|detach|top|resize|export|archive)/;

export interface ListFeed {
  /** Reads all lists, then follows until the signal aborts. Called once, after the first frame: reading loads the engine's modules. */
  start(signal: AbortSignal): void;
  refresh(panes: readonly ListPane[]): void;
  /** Called with every event of the store. */
  onEvent(listener: (event: EngineEvent) => void): void;
}

export function createListFeed(engine: Engine, store: Store): ListFeed {
  let signal = new AbortController().signal;
  const listeners: ((event: EngineEvent) => void)[] = [];
  const reading = new Map<ListPane, 'once' | 'again'>();
  /** What was read last, as text: compared with what comes. */
  const known = new Map<ListPane, string>();
  /** Why lists could not be read the last time: one that can says nothing of the others. */
  const failures = new Map<ListPane, string>();
  const staleReason = (): string | undefined => [...failures.values()][0];

  async function read(pane: ListPane): Promise<void> {
    if (reading.has(pane)) {
      reading.set(pane, 'again');
      return;
    }
    do {
      reading.set(pane, 'once');
      await readOnce(pane);
    } while (reading.get(pane) === 'again' && !signal.aborted);
    reading.delete(pane);
  }

  async function readOnce(pane: ListPane): Promise<void> {
    try {
      const items = await readers[pane]();
      if (signal.aborted) return;
      const text = JSON.stringify(items);
      const isSame = known.get(pane) === text;
      known.set(pane, text);
      failures.delete(pane);
      store.update((state) => ({
        // The same list again is no change: nothing is drawn.
        ...(isSame ? {} : { lists: { ...state.lists, [pane]: items } }),
        staleReason: staleReason(),
      }));
    } catch (error) {
      // The last good list stays on the screen, labelled.
      failures.set(pane, messageOf(error));
      if (!signal.aborted) store.update(() => ({ staleReason: staleReason() }));
    }
  }

  const readers: { [K in ListPane]: () => Promise<Lists[K]> } = {
    containers: () => engine.containers.list({ all: true }),
    images: () => engine.images.list(),
    volumes: () => engine.volumes.list(),
    networks: () => engine.networks.list(),
  };

  const refresh = (panes: readonly ListPane[]) => {
    for (const pane of panes) void read(pane);
  };
  return {
    refresh,
    onEvent: (listener) => void listeners.push(listener),
    start(until) {
      signal = until;
      const onEvent = (event: EngineEvent) => {
        if (!(event.Type === 'container' && QUIET.test(event.Action))) refresh(CHANGES[event.Type] ?? []);
        for (const listener of listeners) listener(event);
      };
      // What changes while the lists are read is told as well, but nothing of it is loaded before they are there.
      const loaded = Promise.resolve().then(() => Promise.all(LIST_PANES.map(read)));
      engine.system.watch(onEvent, signal, loaded);
      void loaded.then(() => store.update(() => ({ isLoaded: true })));
    },
  };
}
