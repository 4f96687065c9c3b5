/** Mounts the app in Ink with our painter, or with Ink's own one for screen readers. */
import { EventEmitter } from 'node:events';
import { Box, type DOMElement, render } from 'ink';
import { createElement, createRef } from 'react';
import { App } from './app.tsx';
import { createChartBook } from './data/chart-book.ts';
import type { StatsBook } from './data/stats-book.ts';
import type { Services } from './keys/services.ts';
import { createPainter, type Painter } from './painter/painter.ts';
import type { DetailsSources } from './panes/details-pane.tsx';
import type { Store } from './state/store.ts';
import { currentTab } from './state/terminals.ts';

export interface MountOptions {
  store: Store;
  services: Services;
  stats: StatsBook;
  stdout: NodeJS.WriteStream;
  inkStdin: NodeJS.ReadStream;
  onError: (error: unknown) => void;
}

export interface Mounted {
  redraw(): void;
  resized(): void;
  unmount(): void;
}

export function mountApp({ store, services, stats, stdout, inkStdin, onError }: MountOptions): Mounted {
  const isInkPainter = process.env['BOXTOP_PAINTER'] === 'ink' || process.env['INK_SCREEN_READER'] === 'true';
  const sources: DetailsSources = {
    get log() {
      return services.log.buffer;
    },
    stats,
    sessionOf: services.sessions.get,
    chart: createChartBook(store, stats),
  };
  const sink = isInkPainter ? stdout : inkSink(stdout);
  const rootRef = createRef<DOMElement>();
  // Ink's own painter gets an empty box to begin with: ours is in its place when there is something to draw.
  const app = render(createElement(Box, { ref: rootRef }), {
    stdout: sink,
    stdin: inkStdin,
    interactive: true,
    patchConsole: false,
    exitOnCtrlC: false,
    maxFps: 60,
  });
  app.waitUntilExit().catch(onError);
  const painter =
    isInkPainter || rootRef.current === null ? undefined : createPainter(rootOf(rootRef.current), stdout);
  app.rerender(createElement(App, { store, sources, isInkPainter }));
  if (painter !== undefined) {
    store.onFrame(() => placeCursor(store, services, painter));
    painter.paint();
    store.subscribe(() => painter.schedule());
  }
  return {
    redraw: () => painter?.invalidate(),
    resized() {
      sink.emit('resize');
      painter?.invalidate();
    },
    unmount() {
      painter?.stop();
      // Ink draws a last frame by itself: nobody sees it, so there is nothing in it.
      if (painter !== undefined) app.rerender(createElement(Box));
      app.unmount();
    },
  };
}

function rootOf(node: DOMElement): DOMElement {
  let root = node;
  while (root.parentNode !== undefined) root = root.parentNode;
  return root;
}

/** Takes Ink's own frames, which nobody sees. */
function inkSink(stdout: NodeJS.WriteStream): NodeJS.WriteStream {
  const sink = Object.assign(new EventEmitter(), {
    isTTY: true,
    writable: true,
    write: (_data: unknown, done?: unknown) => {
      if (typeof done === 'function') done();
      return true;
    },
  });
  Object.defineProperties(sink, { columns: { get: () => stdout.columns }, rows: { get: () => stdout.rows } });
  return sink as unknown as NodeJS.WriteStream;
}

/** The terminal's cursor is in the focused terminal pane, or hidden. */
function placeCursor(store: Store, { sessions, layout }: Services, painter: Painter): void {
  const state = store.get();
  const session =
    currentTab(state) === 'terminal' && state.dialog === undefined ? sessions.focused() : undefined;
  const cursor = session?.screen.cursor;
  const { details } = layout();
  const isShown = cursor?.visible === true && details.width > 0;
  painter.setCursor(isShown ? { x: details.x + 1 + cursor.x, y: details.y + 1 + cursor.y } : undefined);
}
