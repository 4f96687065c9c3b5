/** What a failed build says: the step's last output, the lines of the Dockerfile, the reason (BuildKit's errdefs and solver printer). */
import type { BuildEvent, BuildFailure } from '../../../engine/index.ts';
import { OutputLines } from '../../format/output-lines.ts';
import { withoutControls } from './step-text.ts';
import type { BuildView } from './view.ts';

/** Lines of a step's output that are repeated below it when it fails. */
const KEPT_LINES = 10;
const RULE = '------';

/** Remembers the end of each step's output, and which step failed. */
export class FailureLog {
  readonly #names = new Map<number, string>();
  readonly #tails = new Map<number, { output: OutputLines; lines: string[] }>();
  #failed: number | undefined;

  /** A view that also feeds this log. */
  watch(view: BuildView): BuildView {
    return {
      show: (event) => {
        this.#note(event);
        return view.show(event);
      },
      end: () => view.end(),
    };
  }

  #note(event: BuildEvent): void {
    if (event.type === 'step') this.#names.set(event.step, event.name);
    else if (event.type === 'output') {
      const { output, lines } = this.#tails.get(event.step) ?? { output: new OutputLines(), lines: [] };
      const kept = [...lines, ...output.push(event.data)].slice(-KEPT_LINES);
      this.#tails.set(event.step, { output, lines: kept });
    } else if (event.type === 'done') this.#tails.delete(event.step);
    else if (event.type === 'failed' && !event.isCanceled) this.#failed ??= event.step;
  }

  /** ' > [2/2] RUN x:' and what it printed last; '' when no step had failed. */
  text(): string {
    if (this.#failed === undefined) return '';
    const tail = this.#tails.get(this.#failed);
    const lines = [...(tail?.lines ?? []), tail?.output.open ?? '']
      .map(withoutControls)
      .filter(Boolean)
      .slice(-KEPT_LINES);
    return [RULE, ` > ${this.#names.get(this.#failed)}:`, ...lines, RULE, ''].join('\n');
  }
}

/** The failure an error carries, if an instruction of the Dockerfile is at fault. */
export function failureOf(error: unknown): BuildFailure | undefined {
  return (error as { failure?: BuildFailure } | null)?.failure;
}

/** 'Dockerfile:2', a rule, the lines with '>>>' at those of the instruction. */
export function excerptText({ file, startLine, excerpt }: BuildFailure): string {
  const width = 4;
  const lines = excerpt.map(
    ({ line, text, isMarked }) => `${String(line).padStart(width)} | ${isMarked ? '>>>' : '   '} ${text}`,
  );
  const rule = '-'.repeat(20);
  return [`${file}:${startLine}`, rule, ...lines, rule, ''].join('\n');
}
