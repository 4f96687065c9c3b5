/** Holds the state outside of React and tells at most once a frame that it changed. */
import type { ScreenState } from './types.ts';

/** Changes from the engine are shown together, this often at most. */
const FRAME_MS = 33;

/** A change: the parts that become different. */
export type Change = (state: ScreenState) => Partial<ScreenState>;

export interface Store {
  get(): ScreenState;
  /** For useSyncExternalStore. */
  subscribe(listener: () => void): () => void;
  /** Changes the state; shown with the next frame. */
  update(change: Change): void;
  /** Shows what has changed at once: for keys. */
  flush(): void;
  /** Called before listeners are told, once a frame: for sources that gather by themselves. */
  onFrame(listener: () => void): void;
}

export function createStore(initial: ScreenState): Store {
  let state = initial;
  let told = initial;
  let timer: NodeJS.Timeout | undefined;
  let lastAt = 0;
  const listeners = new Set<() => void>();
  const frameListeners: (() => void)[] = [];

  function flush(): void {
    clearTimeout(timer);
    timer = undefined;
    for (const listener of frameListeners) listener();
    if (state === told) return;
    told = state;
    lastAt = performance.now();
    for (const listener of listeners) listener();
  }

  return {
    get: () => state,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    update(change) {
      const parts = change(state);
      let isChanged = false;
      for (const key of Object.keys(parts) as (keyof ScreenState)[]) isChanged ||= parts[key] !== state[key];
      if (!isChanged) return;
      state = { ...state, ...parts };
      if (timer !== undefined) return;
      timer = setTimeout(flush, Math.max(0, FRAME_MS - (performance.now() - lastAt)));
    },
    flush,
    onFrame: (listener) => void frameListeners.push(listener),
  };
}
