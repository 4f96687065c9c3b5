/** blessed-contrib off the screen: line charts as lines of text. Imported only when a chart is shown (45 ms, 17 MB). */
import { EventEmitter } from 'node:events';
import { createRequire } from 'node:module';
import { PassThrough } from 'node:stream';

/** One line of a chart. */
export interface Series {
  /** oldest first; values that are not finite are left out */
  values: readonly number[];
  /** a colour name of the terminal */
  colour: string;
}

export interface ChartOptions {
  /** cells */
  width: number;
  height: number;
  /** Top of the scale; the bottom is 0. */
  max: number;
  series: readonly Series[];
  /** Labels of the points, as many as the longest series. */
  labels: readonly string[];
}

export interface ChartLibrary {
  draw(options: ChartOptions): string[];
}

interface LineWidget {
  ctx: { _canvas: { frame(): string } };
  setData(series: { x: string[]; y: number[]; style: { line: string } }[]): void;
  detach(): void;
}

interface Blessed {
  screen(options: Record<string, unknown>): { append(widget: LineWidget): void };
}

type Line = new (options: Record<string, unknown>) => LineWidget;

const PROCESS_EVENTS = [
  'exit',
  'uncaughtException',
  'SIGTERM',
  'SIGINT',
  'SIGQUIT',
  'SIGWINCH',
  'SIGCONT',
] as const;

/** Loads the library. It takes hold of the process's signals and exit: those handlers are removed again. */
export function loadChartLibrary(): ChartLibrary {
  const before = new Map(PROCESS_EVENTS.map((event) => [event, new Set(process.listeners(event as 'exit'))]));
  const require = createRequire(import.meta.url);
  const blessed = require('blessed') as Blessed;
  const LineChart = require('blessed-contrib/lib/widget/charts/line') as Line;
  // Nothing of its screen reaches the terminal: only the charts' canvases are read.
  const output = Object.assign(new EventEmitter(), {
    write: () => true,
    end: () => undefined,
    columns: 400,
    rows: 200,
    isTTY: true,
  });
  const screen = blessed.screen({
    input: new PassThrough(),
    output,
    terminal: 'xterm-256color',
    fullUnicode: true,
  });
  for (const [event, kept] of before) {
    for (const listener of process.listeners(event as 'exit'))
      if (!kept.has(listener)) process.off(event, listener);
  }
  return { draw: (options) => draw(LineChart, screen, options) };
}

function draw(
  LineChart: Line,
  screen: { append(widget: LineWidget): void },
  { width, height, max, series, labels }: ChartOptions,
): string[] {
  // minY = maxY never ends, and a value far above maxY draws for seconds: everything is clamped.
  const top = Number.isFinite(max) && max > 0 ? max : 1;
  const widget = new LineChart({
    width,
    height,
    minY: 0,
    maxY: top,
    showLegend: false,
    wholeNumbersOnly: false,
    numYLabels: 4,
    style: { baseline: 'white', text: 'white' },
  });
  screen.append(widget);
  const room = Math.max(2, 2 * width - 20);
  const data = series.flatMap(({ values, colour }) => {
    const y = values
      .filter(Number.isFinite)
      .slice(-room)
      .map((value) => Math.max(0, Math.min(top, value)));
    return y.length < 2 ? [] : [{ x: labels.slice(-y.length), y, style: { line: colour } }];
  });
  try {
    if (data.length === 0) return [];
    widget.setData(data.map(({ x, ...rest }) => ({ ...rest, x: [...x] })));
    return widget.ctx._canvas.frame().split('\n').slice(0, height);
  } finally {
    widget.detach();
  }
}
