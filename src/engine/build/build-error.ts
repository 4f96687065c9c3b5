/** A build that failed at an instruction: the source around it, what it printed last, its exit code. */
import { codeOf, EngineError, type ErrorCode, messageOf } from '../errors.ts';
import type { BuildFailure } from '../types/build.ts';
import type { SourceRange } from './dockerfile/errors.ts';

/** Lines shown before and after the instruction. */
const AROUND = 3;

export class BuildError extends EngineError {
  readonly failure: BuildFailure;

  constructor(cause: unknown, failure: BuildFailure) {
    const { hint } = cause as { hint?: string };
    const code = (codeOf(cause) ?? 'INTERNAL') as ErrorCode;
    super(code, messageOf(cause), { cause, hint, exitCode: failure.exitCode });
    this.failure = failure;
  }
}

/** The lines around a range, those of the instruction marked. */
export function excerptOf(source: string, { startLine, endLine }: SourceRange): BuildFailure['excerpt'] {
  const lines = source.split('\n');
  const first = Math.max(1, startLine - AROUND);
  const last = Math.min(lines.length, endLine + AROUND);
  return Array.from({ length: last - first + 1 }, (_, index) => {
    const line = first + index;
    return {
      line,
      text: lines[line - 1]!.replace(/\r$/, ''),
      isMarked: line >= startLine && line <= endLine,
    };
  });
}
