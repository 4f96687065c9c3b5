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
  const sessions = new Map<number, Session>();
  const readyListeners: (() => void)[] = [];
  let expected = 0;
  let lastId = 0;

  const change = (id: number, parts: Partial<TerminalTab>) =>
    store.update(({ terminals }) => ({
      terminals: terminals.map((tab) => (tab.id === id ? { ...tab, ...parts } : tab)),
    }));

  const shownChanged = (id: number) => {
    const state = store.get();
    if (state.tabs.containers === 'terminal' && shownTerminal(state)?.id === id)
      store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
    else if (state.terminals.some((tab) => tab.id === id && !tab.hasNews)) change(id, { hasNews: true });
  };

  /** The list takes the keys again. */
  const release = (id: number) =>
    store.update((state) =>
      state.isTerminalFocused && state.focusedTerminal === id
        ? { isTerminalFocused: false, focus: state.listPane, isZoomed: false }
        : {},
    );

  const expect = () => {
    expected += 1;
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      expected -= 1;
      if (expected === 0) for (const listener of readyListeners) listener();
    };
  };

  const api: Sessions = {
    expect,
    isOpening: () => expected > 0,
    onReady: (listener) => void readyListeners.push(listener),
    async open(program, { containerId, kind, title, detachKeys }, onEnd) {
      const ready = expect();
      try {
        const { openSession } = await import('../../../pty/index.ts');
        const { columns: cols, rows } = size();
        const env = { ...(process.env as Record<string, string>), ...program.env };
        const { session, isTyped } = watchTyping(
          openSession({
            file: program.file,
            args: program.args,
            env,
            cols,
            rows,
            scrollback: 2000,
          }),
        );
        lastId += 1;
        const id = lastId;
        sessions.set(id, session);
        const silent = setTimeout(ready, SILENT_MS);
        session.onChange(() => {
          ready();
          shownChanged(id);
        });
        store.update(({ terminals, views }) => ({
          terminals: [
            ...terminals,
            { id, containerId, kind, title, detachKeys, state: 'running', hasNews: false, shownAt: 0 },
          ],
          views: {
            ...views,
            containers: { ...views.containers, cursorId: containerId, awaitedId: containerId },
          },
        }));
        api.focus(id);
        const { exitCode } = await session.exited;
        clearTimeout(silent);
        if (sessions.get(id) !== session) return exitCode;
        change(id, { state: 'exited', exitCode });
        onEnd?.({ exitCode, lines: linesOf(session), isTyped: isTyped() });
        release(id); // a program that has ended takes no keys
        if (exitCode === 0) setTimeout(() => void api.close(id), LINGER_MS).unref();
        return exitCode;
      } finally {
        ready();
      }
    },
    get: (id) => sessions.get(id),
    focused() {
      const { isTerminalFocused, focusedTerminal } = store.get();
      return isTerminalFocused && focusedTerminal !== undefined ? sessions.get(focusedTerminal) : undefined;
    },
    focus(id) {
      store.update((state) => {
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
    },
    async close(id) {
      const session = sessions.get(id);
      sessions.delete(id);
      release(id);
      store.update(({ terminals }) => ({ terminals: terminals.filter((tab) => tab.id !== id) }));
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
