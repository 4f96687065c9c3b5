/** Turns what was thrown into Docker's words on stderr. */
import { codeOf, type ErrorCode, HTTP_STATUS, messageOf } from '../../engine/index.ts';
import { printableLines } from '../format/printable.ts';
import { UsageError } from './flags.ts';
import { INTERRUPTED, PlainError } from './plain-error.ts';

/** What the engine says in its own vocabulary; errors of its layers are no EngineError, but speak it too. */
interface EngineFailure extends Error {
  code: ErrorCode;
  hint?: string;
  exitCode?: number;
}

function isEngineFailure(error: unknown): error is EngineFailure {
  return error instanceof Error && Object.hasOwn(HTTP_STATUS, codeOf(error) ?? '');
}

/** A failed start as `run` words it: unlike a failed create it points at no help. */
export function startFailure(error: unknown): unknown {
  if (!isEngineFailure(error) || error.code === 'CANCELED') return error;
  const message = `boxtop: Error response from daemon: ${error.message.replace(/\.$/, '')}.`;
  return new PlainError(withHint(message, error), statusOf(error));
}

/** What `run` ends with when it could not run: the text decides (docker/cli runStartContainerErr). */
export function runStatus(text: string): number {
  if (/executable file not found|no such file or directory|system cannot find the file specified/.test(text))
    return 127;
  return text.includes('permission denied') ? 126 : FAILED_RUN;
}

const statusOf = (error: EngineFailure): number =>
  error.exitCode === undefined || error.exitCode === FAILED_RUN ? runStatus(error.message) : error.exitCode;

/** Status of a command ended by SIGPIPE, as a shell reports it. */
const BROKEN_PIPE = 141;
/** `docker run` itself failed. */
const FAILED_RUN = 125;

/** An answer of the engine: 'Error response from daemon: …' with the hint on a line of its own. */
export function daemonText(error: unknown): string {
  if (!isEngineFailure(error)) return printableLines(messageOf(error));
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
    isEngineFailure(error) && error.hint !== undefined ? `${message}\nHint: ${error.hint}` : message,
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
  if (isRun && isEngineFailure(error)) {
    const message = `boxtop: Error response from daemon: ${error.message.replace(/\.$/, '')}.\nSee 'boxtop run --help'.`;
    return { text: withHint(message, error), exitCode: statusOf(error) };
  }
  // 125 to 127 are for run; create, start and all others end with 1 (docker/cli)
  const otherwise = isRun ? FAILED_RUN : 1;
  return { text: daemonText(error), exitCode: isEngineFailure(error) ? 1 : exitCodeOf(error, otherwise) };
}

function exitCodeOf(error: unknown, otherwise: number): number {
  const exitCode = (error as { exitCode?: unknown } | null)?.exitCode;
  return typeof exitCode === 'number' ? exitCode : otherwise;
}

function usageText(error: UsageError, path: string): string {
  if (error.message.includes('\nSee ')) return error.message;
  return error.exitCode === 125 ? `${error.message}\nSee 'boxtop ${path} --help'.` : error.message;
}
