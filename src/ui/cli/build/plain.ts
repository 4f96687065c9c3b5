/** --progress=plain: a numbered paragraph per step, as BuildKit prints them. */
import { type BuildEvent, monotonicMs } from '../../../engine/index.ts';
import { OutputLines } from '../../format/output-lines.ts';
import { humanSize } from '../../format/units.ts';
import type { Output } from '../io.ts';
import { secondsText, withoutControls } from './step-text.ts';
import type { BuildView } from './view.ts';

type Stream = 'stdout' | 'stderr';

interface Step {
  name: string;
  startedMs: number;
  output: Partial<Record<Stream, OutputLines>>;
  lastProgressMs: number;
}

const PROGRESS_EVERY_MS = 1000;

/** Writes lines as events come; steps that run at the same time take turns with a line '#5 ...' between. */
export function createPlain(output: Output): BuildView {
  const steps = new Map<number, Step>();
  let current: number | undefined;
  let hasPrinted = false;
  let written = Promise.resolve();
  let pending = '';
  const flush = async () => {
    await new Promise((resume) => setImmediate(resume));
    const text = withoutControls(pending); // names and errors quote the Dockerfile, which may come from anywhere
    pending = '';
    // a build can be cancelled while nobody reads what it says
    await (output.writeUnblocked?.(Buffer.from(text)) ?? output.write(text));
  };
  // what comes at once is written at once: a build that finds everything says eighty lines
  const write = (text: string) => {
    if (pending === '') {
      written = written.then(flush);
      written.catch(() => {}); // told by `end`
    }
    pending += text;
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
      if (step?.output[stream]?.open)
        line(number, `${elapsed(step)} ${withoutControls(step.output[stream].open)}`);
    line(number, text);
    steps.delete(number);
    current = undefined;
  };
  return {
    show(event) {
      switch (event.type) {
        case 'step': {
          const startedMs = monotonicMs();
          steps.set(event.step, { name: event.name, startedMs, output: {}, lastProgressMs: startedMs });
          if (current === undefined) turnTo(event.step);
          break;
        }
        case 'output': {
          const lines = linesOf(steps.get(event.step), event);
          for (const text of lines) line(event.step, text);
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

const elapsed = ({ startedMs }: Step) => ((monotonicMs() - startedMs) / 1000).toFixed(3);

function linesOf(step: Step | undefined, event: BuildEvent & { type: 'output' }): string[] {
  if (step === undefined) return [];
  step.output[event.stream] ??= new OutputLines();
  const lines = step.output[event.stream]!.push(event.data);
  return lines.map((text) => `${elapsed(step)} ${withoutControls(text.replace(/\r$/, ''))}`);
}

/** 'transferring context: 1.2MB', once a second at most, and at the end. */
function progressText(
  step: Step | undefined,
  { label, current, total, isDone }: BuildEvent & { type: 'progress' },
): string | undefined {
  if (step === undefined) return undefined;
  const now = monotonicMs();
  if (!isDone && now - step.lastProgressMs < PROGRESS_EVERY_MS) return undefined;
  step.lastProgressMs = now;
  const of = total === undefined ? '' : ` / ${humanSize(total)}`;
  const size = current > 0 ? `${total === undefined ? ':' : ''} ${humanSize(current)}${of}` : '';
  return `${label}${size}${isDone ? ' done' : ''}`;
}
