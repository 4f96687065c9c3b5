/** Terminals of containers: each a program in a pty whose screen goes on in the background. */
import type { Program } from '../../../engine/index.ts';
import type { Session } from '../../../pty/index.ts';
import type { Store } from '../state/store.ts';
import type { TerminalTab } from '../state/types.ts';

export interface OpenTerminal {
  program: Program;
  title: string;
  /** The container it belongs to; '' for none. */
  containerId: string;
}

export interface Sessions {
  /** Starts the program and shows it; resolves with its exit code when it ends. */
  open(options: OpenTerminal): Promise<number>;
  get(id: number): Session | undefined;
  /** The terminal that keys go to. */
  focused(): Session | undefined;
  /** Shows a terminal and, unless it has ended, gives it the keys. */
  focus(id: number): void;
  /** Ends a terminal's program, if it runs, and forgets it. */
  close(id: number): Promise<void>;
  resizeAll(columns: number, rows: number): void;
  closeAll(): Promise<void>;
}

/** A terminal that ended by detaching or with status 0 closes by itself after this time. */
const LINGER_MS = 400;

export function createSessions(store: Store, size: () => { columns: number; rows: number }): Sessions {
  const sessions = new Map<number, Session>();
  let lastId = 0;

  const change = (id: number, parts: Partial<TerminalTab>) =>
    store.update(({ terminals }) => ({
      terminals: terminals.map((tab) => (tab.id === id ? { ...tab, ...parts } : tab)),
    }));

  const shownChanged = (id: number) => {
    const state = store.get();
    if (state.shownTerminal === id)
      store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
    else if (state.terminals.some((tab) => tab.id === id && !tab.hasNews)) change(id, { hasNews: true });
  };

  const forget = (id: number) => {
    sessions.delete(id);
    store.update((state) => {
      const terminals = state.terminals.filter((tab) => tab.id !== id);
      const isShown = state.shownTerminal === id;
      return {
        terminals,
        shownTerminal: isShown ? terminals.at(-1)?.id : state.shownTerminal,
        isTerminalFocused: isShown ? false : state.isTerminalFocused,
        focus: isShown && state.isTerminalFocused ? state.listPane : state.focus,
      };
    });
  };

  const api: Sessions = {
    async open({ program, title, containerId }) {
      const { openSession } = await import('../../../pty/index.ts');
      lastId += 1;
      const id = lastId;
      const { columns: cols, rows } = size();
      const env = { ...(process.env as Record<string, string>), ...program.env };
      const session = openSession({
        file: program.file,
        args: program.args,
        env,
        cols,
        rows,
        scrollback: 2000,
      });
      sessions.set(id, session);
      session.onChange(() => shownChanged(id));
      const tab: TerminalTab = { id, containerId, title, state: 'running', hasNews: false };
      store.update((state) => ({
        terminals: [...state.terminals, tab],
        listPane: 'containers',
        tabs: { ...state.tabs, containers: 'terminal' },
      }));
      api.focus(id);
      const { exitCode } = await session.exited;
      if (sessions.get(id) !== session) return exitCode;
      change(id, { state: 'exited', exitCode });
      if (exitCode === 0) setTimeout(() => void api.close(id), LINGER_MS).unref();
      store.update((state) => (state.shownTerminal === id ? { isTerminalFocused: false } : {}));
      return exitCode;
    },
    get: (id) => sessions.get(id),
    focused() {
      const { isTerminalFocused, shownTerminal } = store.get();
      return isTerminalFocused && shownTerminal !== undefined ? sessions.get(shownTerminal) : undefined;
    },
    focus(id) {
      store.update((state) => ({
        shownTerminal: id,
        focus: 'details',
        isTerminalFocused: state.terminals.some((tab) => tab.id === id && tab.state === 'running'),
        terminals: state.terminals.map((tab) => (tab.id === id ? { ...tab, hasNews: false } : tab)),
      }));
    },
    async close(id) {
      const session = sessions.get(id);
      forget(id);
      await session?.dispose();
    },
    resizeAll(columns, rows) {
      for (const session of sessions.values()) {
        if (session.screen.cols !== columns || session.screen.rows !== rows) session.resize(columns, rows);
      }
    },
    async closeAll() {
      const all = [...sessions.values()];
      sessions.clear();
      await Promise.all(all.map((session) => session.dispose(500)));
    },
  };
  return api;
}
