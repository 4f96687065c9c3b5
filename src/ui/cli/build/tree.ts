/** --progress=auto on a terminal: the steps with their times, redrawn in place; the running ones with their last output. */
import { type BuildEvent, monotonicMs } from '../../../engine/index.ts';
import { cutTo, textWidth } from '../../format/cell-width.ts';
import { OutputLines } from '../../format/output-lines.ts';
import { humanSize } from '../../format/units.ts';
import type { Output } from '../io.ts';
import { secondsText, withoutControls } from './step-text.ts';
import type { BuildView } from './view.ts';

interface Step {
  name: string;
  startedMs: number;
  state: 'running' | 'done' | 'cached' | 'failed' | 'canceled';
  durationMs: number;
  progress: string;
  output: OutputLines;
  /** the last lines of output, the one that has not ended left out */
  tail: string[];
}

const FRAME_MS = 100;
/** Lines of output below a running step, as BuildKit's terminal of six lines. */
const TAIL_LINES = 6;
const DIM = '\x1b[2m';
const BLUE = '\x1b[34m';
const RED = '\x1b[31m';
const PLAIN = '\x1b[0m';

/** `rows` = height of the terminal: what does not fit is left out from the top, oldest first. */
export function createTree(output: Output, rows: () => number, useColor: boolean): BuildView {
  const steps = new Map<number, Step>();
  const startedMs = monotonicMs();
  let drawn = 0;
  let written = Promise.resolve();
  const write = (text: string) => {
    written = written.then(() => output.write(text));
    written.catch(() => {}); // told by `end`
  };
  const draw = (isEnd: boolean) => {
    const all = treeLines(steps, {
      elapsedMs: monotonicMs() - startedMs,
      columns: output.columns(),
      isEnd,
      useColor,
    });
    const room = Math.max(2, rows() - 1);
    const lines = isEnd || all.length <= room ? all : [all[0]!, ...all.slice(all.length - room + 1)];
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    write(`\x1b[?25l${up}\r\x1b[J${lines.map((line) => `${line}\n`).join('')}\x1b[?25h`);
    drawn = lines.length;
  };
  const timer = setInterval(() => draw(false), FRAME_MS);
  timer.unref();
  return {
    show(event) {
      if (event.type === 'warning') {
        const up = drawn > 0 ? `\x1b[${drawn}A\r\x1b[J` : '';
        drawn = 0;
        write(`${up}WARN: ${withoutControls(event.message)}\n`);
      } else note(steps, event);
      return undefined;
    },
    end() {
      clearInterval(timer);
      draw(true);
      return written;
    },
  };
}

function note(steps: Map<number, Step>, event: Exclude<BuildEvent, { type: 'warning' }>): void {
  const step = steps.get(event.step);
  if (event.type === 'step') {
    const { name } = event;
    steps.set(event.step, {
      name: withoutControls(name),
      startedMs: monotonicMs(),
      state: 'running',
      durationMs: 0,
      progress: '',
      output: new OutputLines(),
      tail: [],
    });
  } else if (step === undefined) return;
  else if (event.type === 'output') {
    step.tail = [...step.tail, ...step.output.push(event.data)].slice(-TAIL_LINES);
  } else if (event.type === 'progress') {
    const of = event.total === undefined ? '' : ` / ${humanSize(event.total)}`;
    step.progress = event.current > 0 ? `${event.label}: ${humanSize(event.current)}${of}` : event.label;
  } else if (event.type === 'done') {
    step.state = event.isCached ? 'cached' : 'done';
    step.durationMs = event.durationMs;
  } else {
    step.state = event.isCanceled ? 'canceled' : 'failed';
    step.durationMs = monotonicMs() - step.startedMs;
  }
}

interface Look {
  elapsedMs: number;
  columns: number;
  isEnd: boolean;
  useColor: boolean;
}

/** '[+] Building 2.3s (5/7)' and a line ' => [2/3] RUN …   0.5s' per step. */
function treeLines(steps: ReadonlyMap<number, Step>, look: Look): string[] {
  const ended = [...steps.values()].filter(({ state }) => state === 'done' || state === 'cached').length;
  const end = look.isEnd && ended === steps.size ? ' FINISHED' : '';
  const head = `[+] Building ${secondsText(look.elapsedMs)} (${ended}/${steps.size})${end}`;
  return [head, ...[...steps.values()].flatMap((step) => stepLines(step, look))];
}

const WORDS = { running: '', done: '', cached: 'CACHED ', failed: 'ERROR ', canceled: 'CANCELED ' };

function stepLines(step: Step, look: Look): string[] {
  const isRunning = step.state === 'running';
  const durationMs = isRunning ? monotonicMs() - step.startedMs : step.durationMs;
  const paint = (color: string, text: string) =>
    look.useColor && color !== '' ? `${color}${text}${PLAIN}` : text;
  const color = { running: '', done: BLUE, cached: BLUE, failed: RED, canceled: '\x1b[33m' }[step.state];
  const lines = [
    paint(color, aligned(` => ${WORDS[step.state]}${step.name}`, secondsText(durationMs), look.columns)),
  ];
  if (!isRunning || look.isEnd) return lines;
  if (step.progress !== '') lines.push(aligned(` => => ${step.progress}`, '', look.columns));
  const tail = [...step.tail, step.output.open].filter((line) => line.trim() !== '');
  for (const text of tail.slice(-TAIL_LINES))
    lines.push(
      paint(DIM, cut(` => => # ${withoutControls(text).replaceAll('\t', '    ')}`, look.columns - 1)),
    );
  return lines;
}

/** `left` and `right` at the two ends of a line. */
function aligned(left: string, right: string, columns: number): string {
  const room = Math.max(10, columns - right.length - 2);
  const text = cut(left, room);
  return `${text}${' '.repeat(room - textWidth(text))} ${right}`.trimEnd();
}

/** In cells: a line that wraps would be drawn over in the wrong place. */
const cut = (text: string, columns: number): string =>
  textWidth(text) <= columns ? text : `${cutTo(text, columns - 1)}…`;
