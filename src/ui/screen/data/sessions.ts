/** Terminals of containers: each a program in a pty whose screen goes on in the background. */
import type { Program } from '../../../engine/index.ts';
import type { Session } from '../../../pty/index.ts';
import type { TerminalOf } from '../../cli/io.ts';
import { changeView } from '../state/moves.ts';
import type { Store } from '../state/store.ts';
import { shownTerminal, showTerminal } from '../state/terminals.ts';
import type { TerminalTab } from '../state/types.ts';

export interface Sessions {
  /** Starts the program and shows it; resolves with its exit code when it ends. */
  open(program: Program, terminal: TerminalOf, onEnd?: (end: TerminalEnd) => void): Promise<number>;
  get(id: number): Session | undefined;
  /** The terminal that keys go to. */
  focused(): Session | undefined;
  /** Shows a terminal and, unless it has ended, gives it the keys. */
  focus(id: number): void;
  /** Announces that a terminal will open: keys are kept for it until the returned function is called. */
  expect(): () => void;
  /** True while a terminal is about to take keys. */
  isOpening(): boolean;
  /** Called when the last expected terminal takes keys, or none will come. */
  onReady(listener: () => void): void;
  /** Ends a terminal's program, if it runs, and forgets it. */
  close(id: number): Promise<void>;
  resizeAll(columns: number, rows: number): void;
  closeAll(): Promise<void>;
}

/** What a program left on its terminal. */
export interface TerminalEnd {
  exitCode: number;
  /** with colours; without blank lines at the end */
  lines: readonly string[];
  /** something was typed into it */
  isTyped: boolean;
}

/** A terminal that ended by detaching or with status 0 closes by itself after this time. */
const LINGER_MS = 400;
/** A program that prints nothing takes keys after this time; before its first output it may not be reading yet. */
const SILENT_MS = 1000;

export function createSessions(store: Store, size: () => { columns: number; rows: number }): Sessions {
  return new TerminalSessions(store, size);
}

class TerminalSessions implements Sessions {
  readonly #store: Store;
  readonly #size: () => { columns: number; rows: number };
  readonly #sessions = new Map<number, Session>();
  readonly #readyListeners: (() => void)[] = [];
  #expected = 0;
  #lastId = 0;

  constructor(store: Store, size: () => { columns: number; rows: number }) {
    this.#store = store;
    this.#size = size;
  }

  get = (id: number): Session | undefined => this.#sessions.get(id);

  isOpening = (): boolean => this.#expected > 0;

  onReady(listener: () => void): void {
    this.#readyListeners.push(listener);
  }

  expect(): () => void {
    this.#expected += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      this.#expected -= 1;
      if (this.#expected === 0) for (const listener of this.#readyListeners) listener();
    };
  }

  async open(program: Program, terminal: TerminalOf, onEnd?: (end: TerminalEnd) => void): Promise<number> {
    const ready = this.expect();
    try {
      const { session, isTyped } = watchTyping(await startSession(program, this.#size()));
      this.#lastId += 1;
      const id = this.#lastId;
      this.#sessions.set(id, session);
      const silent = setTimeout(ready, SILENT_MS);
      session.onChange(() => {
        ready();
        this.#noteOutput(id);
      });
      this.#addTab(id, terminal);
      this.focus(id);
      const { exitCode } = await session.exited;
      clearTimeout(silent);
      if (this.#sessions.get(id) !== session) return exitCode;
      this.#change(id, { state: 'exited', exitCode });
      this.#release(id); // a program that has ended takes no keys
      onEnd?.({ exitCode, lines: linesOf(session), isTyped: isTyped() });
      if (exitCode === 0) setTimeout(() => void this.close(id), LINGER_MS).unref();
      return exitCode;
    } finally {
      ready();
    }
  }

  focused(): Session | undefined {
    const { isTerminalFocused, focusedTerminal } = this.#store.get();
    return isTerminalFocused && focusedTerminal !== undefined
      ? this.#sessions.get(focusedTerminal)
      : undefined;
  }

  focus(id: number): void {
    this.#store.update((state) => {
      const tab = state.terminals.find((one) => one.id === id);
      if (tab === undefined) return {};
      return {
        ...changeView(state, 'containers', { cursorId: tab.containerId, awaitedId: tab.containerId }),
        ...showTerminal(state, id),
        focus: 'details',
        focusedTerminal: id,
        isTerminalFocused: tab.state === 'running',
      };
    });
  }

  async close(id: number): Promise<void> {
    const session = this.#sessions.get(id);
    this.#sessions.delete(id);
    this.#release(id);
    this.#store.update(({ terminals }) => ({ terminals: terminals.filter((tab) => tab.id !== id) }));
    await session?.dispose();
  }

  resizeAll(columns: number, rows: number): void {
    for (const session of this.#sessions.values()) {
      if (session.screen.cols !== columns || session.screen.rows !== rows) session.resize(columns, rows);
    }
  }

  async closeAll(): Promise<void> {
    const all = [...this.#sessions.values()];
    this.#sessions.clear();
    await Promise.all(all.map((session) => session.dispose(500)));
  }

  #change(id: number, parts: Partial<TerminalTab>): void {
    this.#store.update(({ terminals }) => ({
      terminals: terminals.map((tab) => (tab.id === id ? { ...tab, ...parts } : tab)),
    }));
  }

  #addTab(id: number, { containerId, kind, title, detachKeys }: TerminalOf): void {
    const tab = { id, containerId, kind, title, detachKeys, hasNews: false, shownAt: 0 };
    this.#store.update((state) => ({
      terminals: [...state.terminals, { ...tab, state: 'running' }],
      ...changeView(state, 'containers', { cursorId: containerId, awaitedId: containerId }),
    }));
  }

  /** Draws the terminal, or notes that there is news in it. */
  #noteOutput(id: number): void {
    const state = this.#store.get();
    if (state.tabs.containers === 'terminal' && shownTerminal(state)?.id === id)
      this.#store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
    else if (state.terminals.some((tab) => tab.id === id && !tab.hasNews))
      this.#change(id, { hasNews: true });
  }

  /** The list takes the keys again. */
  #release(id: number): void {
    this.#store.update((state) =>
      state.isTerminalFocused && state.focusedTerminal === id
        ? { isTerminalFocused: false, focus: state.listPane, isZoomed: false }
        : {},
    );
  }
}

async function startSession(
  { file, args, env: own }: Program,
  { columns: cols, rows }: { columns: number; rows: number },
): Promise<Session> {
  const { openSession } = await import('../../../pty/index.ts');
  const env = { ...(process.env as Record<string, string>), ...own };
  return openSession({ file, args, env, cols, rows, scrollback: 2000 });
}

/** Remembers whether anything was ever written to it. */
function watchTyping(opened: Session): { session: Session; isTyped(): boolean } {
  let isTyped = false;
  const write: Session['write'] = (bytes) => {
    isTyped = true;
    return opened.write(bytes);
  };
  return { session: { ...opened, write }, isTyped: () => isTyped };
}

/** All that is on a terminal, what has scrolled out included. */
function linesOf({ screen }: Session): string[] {
  screen.scrollToEnd();
  const { lines: above } = screen.scrollback;
  const lines = screen.lines(-above, screen.rows + above).map((line) => line.trimEnd());
  while (lines.at(-1) === '') lines.pop();
  return lines;
}
