/** --progress=plain: a numbered paragraph per step, as BuildKit prints them. */
import type { BuildEvent } from '../../../engine/index.ts';
import { OutputLines } from '../../format/output-lines.ts';
import { humanSize } from '../../format/units.ts';
import type { Output } from '../io.ts';
import { secondsText, withoutControls } from './step-text.ts';
import type { BuildView } from './view.ts';

interface Step {
  name: string;
  startedMs: number;
  output: Record<'stdout' | 'stderr', OutputLines>;
  lastProgressMs: number;
}

const PROGRESS_EVERY_MS = 1000;

/** Writes lines as events come; steps that run at the same time take turns with a line '#5 ...' between. */
export function createPlain(output: Output): BuildView {
  const steps = new Map<number, Step>();
  let current: number | undefined;
  let hasPrinted = false;
  let written = Promise.resolve();
  // names and errors quote the Dockerfile, which may come from anywhere
  const write = (text: string) => {
    written = written.then(() => output.write(withoutControls(text)));
    written.catch(() => {}); // told by `end`
  };
  const turnTo = (number: number) => {
    if (current === number) return;
    const isLeft = current !== undefined && steps.has(current);
    const left = isLeft ? `#${current} ...\n` : '';
    write(`${left}${hasPrinted ? '\n' : ''}#${number} ${steps.get(number)?.name ?? ''}\n`);
    current = number;
    hasPrinted = true;
  };
  const line = (number: number, text: string) => {
    turnTo(number);
    write(`#${number} ${text}\n`);
  };
  const finish = (number: number, text: string) => {
    const step = steps.get(number);
    for (const stream of ['stdout', 'stderr'] as const)
      if (step !== undefined && step.output[stream].open !== '')
        line(number, `${elapsed(step)} ${withoutControls(step.output[stream].open)}`);
    line(number, text);
    steps.delete(number);
    current = undefined;
  };
  return {
    show(event) {
      switch (event.type) {
        case 'step':
          steps.set(event.step, {
            name: event.name,
            startedMs: performance.now(),
            output: { stdout: new OutputLines(), stderr: new OutputLines() },
            lastProgressMs: 0,
          });
          if (current === undefined) turnTo(event.step);
          break;
        case 'output': {
          const lines = linesOf(steps.get(event.step), event);
          if (lines.length > 0) turnTo(event.step);
          write(lines.map((text) => `#${event.step} ${text}\n`).join(''));
          return written;
        }
        case 'progress': {
          const text = progressText(steps.get(event.step), event);
          if (text !== undefined) line(event.step, text);
          break;
        }
        case 'done':
          finish(event.step, event.isCached ? 'CACHED' : `DONE ${secondsText(event.durationMs)}`);
          break;
        case 'failed':
          finish(event.step, event.isCanceled ? 'CANCELED' : `ERROR: ${event.message}`);
          break;
        case 'warning':
          write(`${hasPrinted ? '\n' : ''}WARN: ${event.message}\n`);
          hasPrinted = true;
      }
      return undefined;
    },
    end: () => written,
  };
}

const elapsed = ({ startedMs }: Step) => ((performance.now() - startedMs) / 1000).toFixed(3);

function linesOf(step: Step | undefined, event: BuildEvent & { type: 'output' }): string[] {
  if (step === undefined) return [];
  const lines = step.output[event.stream].push(event.data);
  return lines.map((text) => `${elapsed(step)} ${withoutControls(text.replace(/\r$/, ''))}`);
}

/** 'transferring context: 1.2MB', once a second at most, and at the end. */
function progressText(
  step: Step | undefined,
  { label, current, total, isDone }: BuildEvent & { type: 'progress' },
): string | undefined {
  if (step === undefined) return undefined;
  const now = performance.now();
  if (!isDone && now - step.lastProgressMs < PROGRESS_EVERY_MS) return undefined;
  step.lastProgressMs = now;
  const of = total === undefined ? '' : ` / ${humanSize(total)}`;
  const size = current > 0 ? `${total === undefined ? ':' : ''} ${humanSize(current)}${of}` : '';
  return `${label}${size}${isDone ? ' done' : ''}`;
}
