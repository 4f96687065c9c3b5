/** What a failed build says: the step's last output, the lines of the Dockerfile, the reason (BuildKit's errdefs and solver printer). */
import type { BuildFailure } from '../../../engine/index.ts';
import { OutputLines } from '../../format/output-lines.ts';
import { withoutControls } from './step-text.ts';

/** Lines of a step's output that are repeated below it when it fails. */
const KEPT_LINES = 10;
const RULE = '------';

/** ' > [2/2] RUN x:' and what it printed last. */
export function tailText(name: string | undefined, output: readonly Uint8Array[]): string {
  const reader = new OutputLines();
  const lines = [...output.flatMap((data) => reader.push(data)), reader.open]
    .map(withoutControls)
    .filter(Boolean)
    .slice(-KEPT_LINES);
  return [RULE, ` > ${name}:`, ...lines, RULE, ''].join('\n');
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
