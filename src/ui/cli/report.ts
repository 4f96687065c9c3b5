/** Turns what was thrown into Docker's words on stderr. */
import { codeOf, EngineError, messageOf } from '../../engine/index.ts';
import { printableLines } from '../format/printable.ts';
import { UsageError } from './flags.ts';

/** A failed start as `run` words it: unlike a failed create it points at no help. */
export function startFailure(error: unknown): unknown {
  if (!(error instanceof EngineError) || error.code === 'CANCELED') return error;
  const message = `boxtop: Error response from daemon: ${error.message.replace(/\.$/, '')}.`;
  return new PlainError(withHint(message, error), error.exitCode ?? 125);
}

/** Statuses of a command ended by SIGINT and SIGPIPE, as a shell reports them. */
export const INTERRUPTED = 130;
const BROKEN_PIPE = 141;

/** An answer of the engine: 'Error response from daemon: …' with the hint on a line of its own. */
export function daemonText(error: unknown): string {
  if (!(error instanceof EngineError)) return printableLines(messageOf(error));
  return withHint(`Error response from daemon: ${error.message}`, error);
}

/** As `daemonText`, but 'Error: No such container: x' where Docker's client words a missing object itself. */
export function clientText(error: unknown): string {
  return codeOf(error) === 'NOT_FOUND' ? withHint(`Error: ${messageOf(error)}`, error) : daemonText(error);
}

/** As Docker's client words a missing object of a kind: 'Error: No such volume: x'. */
export function missingText(kind: string): (error: unknown, name: string) => string {
  return (error, name) =>
    codeOf(error) === 'NOT_FOUND' ? withHint(`Error: No such ${kind}: ${name}`, error) : daemonText(error);
}

/** `message` with the error's hint below. Runtimes and registries quote what images say: no control of theirs acts on the terminal. */
export function withHint(message: string, error: unknown): string {
  return printableLines(
    error instanceof EngineError && error.hint !== undefined ? `${message}\nHint: ${error.hint}` : message,
  );
}

/** Text and exit status of an error that ended the verb `path`; no text for what ends quietly. */
export function describeFailure(
  error: unknown,
  path: string,
  isRun: boolean,
): { text?: string; exitCode: number } {
  const code = codeOf(error);
  if (code === 'EPIPE') return { exitCode: BROKEN_PIPE };
  if (code === 'CANCELED') return { exitCode: INTERRUPTED };
  if (error instanceof UsageError) return { text: usageText(error, path), exitCode: error.exitCode };
  if (isRun && error instanceof EngineError) {
    const message = `boxtop: Error response from daemon: ${error.message.replace(/\.$/, '')}.\nSee 'boxtop run --help'.`;
    return { text: withHint(message, error), exitCode: error.exitCode ?? 125 };
  }
  // 125 to 127 are for run; create, start and all others end with 1 (docker/cli)
  return { text: daemonText(error), exitCode: error instanceof EngineError ? 1 : exitCodeOf(error) };
}

function exitCodeOf(error: unknown): number {
  const exitCode = (error as { exitCode?: unknown } | null)?.exitCode;
  return typeof exitCode === 'number' ? exitCode : 1;
}

function usageText(error: UsageError, path: string): string {
  if (error.message.includes('\nSee ')) return error.message;
  return error.exitCode === 125 ? `${error.message}\nSee 'boxtop ${path} --help'.` : error.message;
}

/** An error with words and status of its own, printed as it is. */
export class PlainError extends Error {
  readonly exitCode: number;
  constructor(message: string, exitCode = 1) {
    super(message);
    this.exitCode = exitCode;
  }
}
