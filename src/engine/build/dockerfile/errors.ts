/** A Dockerfile that can't be read: the message, and the lines it is about. */
import { EngineError } from '../../errors.ts';

/** First and last line of the source, counted from 1. */
export interface SourceRange {
  startLine: number;
  endLine: number;
}

/** INVALID_ARGUMENT with the range of the instruction at fault. */
export class DockerfileError extends EngineError {
  readonly range: SourceRange;

  constructor(message: string, range: SourceRange, hint?: string) {
    super('INVALID_ARGUMENT', message, { hint });
    this.range = range;
  }
}
