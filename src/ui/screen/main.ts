/** Opens the screen: terminal modes, input, state, engine, painter; and closes all of it on every way out. */
import { type Engine, type EngineError, type EngineOptions, openEngine } from '../../engine/index.ts';
import { followAges } from './data/age-feed.ts';
import { createDialogs } from './data/dialogs.ts';
import { createDocumentFeed } from './data/document-feed.ts';
import { followCursor } from './data/follow-cursor.ts';
import { openHistory } from './data/history.ts';
import { createJobs } from './data/jobs.ts';
import { createListFeed } from './data/list-feed.ts';
import { createLogFeed } from './data/log-feed.ts';
import { tellMishaps } from './data/mishaps.ts';
import { createNotices } from './data/notices.ts';
import { createSessions } from './data/sessions.ts';
import { createStatsFeed } from './data/stats-feed.ts';
import { createInputRouter } from './input/router.ts';
import { createTerminalInput } from './input/terminal-input.ts';
import { enterTerminal } from './input/terminal-modes.ts';
import { dispatchInput } from './keys/dispatch.ts';
import { menuItems } from './keys/places.ts';
import type { Services } from './keys/services.ts';
import { type Mounted, mountApp } from './mount.ts';
import { layoutOf } from './state/layout.ts';
import { moveCursor } from './state/moves.ts';
import { currentRow } from './state/rows.ts';
import { createStore, type Store } from './state/store.ts';
import { initialState } from './state/types.ts';
import { watchWaysOut } from './ways-out.ts';

/** Shows the screen on the process's terminal until it is left; resolves with the exit status. */
export async function runScreen(options: EngineOptions): Promise<number> {
  const { stdin, stdout } = process;
  if (!stdin.isTTY || !stdout.isTTY) {
    process.stderr.write('boxtop: the screen needs a terminal; see boxtop --help for commands\n');
    return 1;
  }
  const engine = openEngine(options);
  const { ended, leave } = wayOut();
  // before the terminal is changed: from then on it has to be changed back
  let tell: (error: EngineError) => void = (error) => leave(1, error);
  const stopWatching = watchWaysOut(leave, (error) => tell(error));
  const modes = enterTerminal(stdin, stdout);
  const abort = new AbortController();
  const services = createServices({ engine, modes, leave });
  const { store, notices, lists, sessions } = services;
  tell = (error) => notices.error('in the background', error);
  const router = routeInput(services);
  const mounted = mountApp({
    store,
    services,
    stats: createStatsFeed(engine, store, abort.signal).book,
    stdout,
    inkStdin: router.inkStdin,
    onError: (error) => leave(1, error),
  });
  services.redraw = mounted.redraw;
  followCursor(services);
  lists.start(abort.signal);
  tellMishaps(lists, notices);
  followAges(store, lists, abort.signal);
  const stopSizes = followSize(store, mounted);

  const { status, error } = await ended;
  stopSizes();
  abort.abort();
  router.stop();
  services.log.stop();
  services.documents.stop();
  services.jobs.cancelAll();
  mounted.unmount();
  modes.leave();
  stopWatching();
  if (error !== undefined)
    process.stderr.write(`${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  await sessions.closeAll();
  await engine.close();
  return status;
}

type Leave = (status: number, error?: unknown) => void;

function wayOut(): { ended: Promise<{ status: number; error?: unknown }>; leave: Leave } {
  let leave: Leave = () => undefined;
  const ended = new Promise<{ status: number; error?: unknown }>((resolve) => {
    leave = (status, error) => resolve({ status, error });
  });
  return { ended, leave };
}

interface Parts {
  engine: Engine;
  modes: ReturnType<typeof enterTerminal>;
  leave: Leave;
}

function createServices({ engine, modes, leave }: Parts): Services {
  const { columns, rows } = process.stdout;
  const store = createStore(initialState({ columns, rows }, Math.floor(Date.now() / 1000)));
  const notices = createNotices(store);
  const terminalSize = () => {
    const { contentColumns, contentRows } = layoutOf({ ...store.get(), focus: 'details' });
    return { columns: contentColumns, rows: contentRows };
  };
  const services: Services = {
    engine,
    store,
    notices,
    sessions: createSessions(store, terminalSize),
    log: createLogFeed(engine, store),
    layout: () => layoutOf(store.get()),
    dialogs: createDialogs(store),
    jobs: createJobs(store, notices),
    lists: createListFeed(engine, store),
    documents: createDocumentFeed(engine, store),
    history: openHistory(),
    setMouse: modes.setMouse,
    setClipboard: modes.setClipboard,
    redraw: () => undefined, // nothing is drawn yet
    openMenu: () => openMenu(services),
    quit: (status) => leave(status),
  };
  return services;
}

function routeInput(services: Services): ReturnType<typeof createInputRouter> {
  const terminal = createTerminalInput(services);
  return createInputRouter(process.stdin, {
    onInput: (input) => dispatchInput(services, input),
    onReadEnd() {
      services.dialogs.noteKeys();
      services.store.flush();
    },
    onBytes: terminal.onBytes,
    isVerbatim: terminal.isVerbatim,
  });
}

/** Returns how to stop. */
function followSize(store: Store, mounted: Mounted): () => void {
  const { stdout } = process;
  const onResize = () => {
    store.update(() => ({ size: { columns: stdout.columns, rows: stdout.rows } }));
    store.flush();
    mounted.resized();
  };
  stdout.on('resize', onResize);
  return () => stdout.off('resize', onResize);
}

function openMenu({ store, dialogs, notices }: Services) {
  const state = store.get();
  const [first] = menuItems(state);
  if (first === undefined) return notices.info('nothing can be done here');
  store.update((now) => moveCursor(now, 0)); // from here on the cursor follows its row, not its place
  const row = currentRow(state);
  const title = row?.name ?? state.listPane;
  dialogs.show({ kind: 'menu', title, rowId: row?.id, itemId: first.id, cursor: 0 });
}
