/** What a verb may end with by itself. What words other errors is in report.ts, which commands that succeed don't load. */

/** Status of a command ended by SIGINT, as a shell reports it. */
export const INTERRUPTED = 130;

/** An error with words and status of its own, printed as it is. */
export class PlainError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
