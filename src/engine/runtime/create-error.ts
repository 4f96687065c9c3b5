/** Turns what a runtime printed into Docker's message and exit status. Pure. */
import { EngineError } from '../errors.ts';

const CREATE =
  'failed to create shim task: OCI runtime create failed: runc create failed: unable to start container process';
const EXEC_FAILED = 'OCI runtime exec failed';
const EXEC = `${EXEC_FAILED}: exec failed: unable to start container process`;

/** What was to be run, for the message. */
export interface Attempt {
  program: string;
  isExec: boolean;
  runtime: string;
}

/**
 * Docker CLI's rule (cli/command/container toStatusError): the text decides the status. crun's words for a program that can't be
 * run become runc's, which scripts look for.
 */
export function createError(said: string, attempt: Attempt): EngineError {
  const text = cleanMessage(said);
  const why = programProblem(text, attempt.program);
  if (why !== undefined) {
    const exitCode = statusOf(why, attempt);
    const message = `${attempt.isExec ? EXEC : CREATE}: exec: "${attempt.program}": ${why}: unknown`;
    return new EngineError('INVALID_ARGUMENT', message, { exitCode });
  }
  const unreached = attempt.isExec ? unreachedFolder(text) : undefined;
  if (unreached !== undefined) return new EngineError('INVALID_ARGUMENT', unreached, { exitCode: 126 });
  const folder = folderProblem(text);
  if (folder !== undefined) return new EngineError('INVALID_ARGUMENT', folder, { exitCode: 125 });
  const prefix = attempt.isExec ? EXEC_FAILED : 'failed to create shim task: OCI runtime create failed';
  const message = `${prefix}: ${text || `${attempt.runtime} ended without a word`}: unknown`;
  if (/no such file or directory/i.test(text))
    return new EngineError('INVALID_ARGUMENT', message, { exitCode: 127 });
  if (/permission denied|exec format error/i.test(text))
    return new EngineError('INVALID_ARGUMENT', message, { exitCode: 126 });
  return new EngineError('INTERNAL', message, { hint: mountHint(text), exitCode: 125 });
}

/** Whether an exec's error is the runtime's, and neither about its program nor about its folder. */
export const isUnexplained = (message: string): boolean =>
  message.startsWith(EXEC_FAILED) && !/^: (?:exec|chdir)\b|: Cwd must\b/.test(message.replace(EXEC, ''));

/** The client's rule for a run takes what it doesn't know for its engine's fault; an exec's process could not be made. */
function statusOf(why: string, { isExec }: Attempt): number {
  if (why.endsWith('permission denied')) return 126;
  if (why.endsWith('not a directory')) return isExec ? 126 : 125;
  return 127;
}

/** An exec's working directory that is not there: runc's words for crun's 'chdir `/x`: No such file or directory'. */
function unreachedFolder(text: string): string | undefined {
  const [, path, why] =
    /chdir (?:`|to cwd \(")(.+?)(?:`|"\) set in config\.json failed): (.+)$/i.exec(text) ?? [];
  if (path === undefined || why === undefined) return undefined;
  return `${EXEC}: chdir to cwd ("${path}") set in config.json failed: ${why.toLowerCase()}: unknown`;
}

/** Docker's question about a bind mount that doesn't fit. */
const mountHint = (text: string): string | undefined =>
  /mount.*not a directory/i.test(text)
    ? 'Are you trying to mount a directory onto a file (or vice-versa)? Check if the specified host path exists and is the expected type'
    : undefined;

/** A working directory that is a file, in Docker's words: crun's `chdir`, runc's 'chdir to cwd ("…")'. */
function folderProblem(text: string): string | undefined {
  const path = /chdir (?:`|to cwd \(")(.+?)(?:`|"\)).*not a directory/i.exec(text)?.[1];
  return path === undefined ? undefined : `Cannot mkdir: ${path} is not a directory`;
}

function programProblem(text: string, program: string): string | undefined {
  // found as the folder it is looked for in
  if (program === '' && /exec(utable)?\b/i.test(text)) return 'executable file not found in $PATH';
  if (
    /executable file .*not found|exec: "[^"]*": stat .*no such file|open executable: No such file/i.test(text)
  ) {
    return program.includes('/')
      ? `stat ${program}: no such file or directory`
      : 'executable file not found in $PATH';
  }
  if (/(exec: "[^"]*": stat .*|open executable: )not a directory/i.test(text))
    return `stat ${program}: not a directory`;
  // crun on a directory: "Operation not permitted"
  return /exec: "[^"]*": (permission denied|is a directory)|open executable: (permission denied|operation not permitted)/i.test(
    text,
  )
    ? 'permission denied'
    : undefined;
}

/** Strips what runc and crun put around their message: logrus fields, JSON, time stamps, a leading program name. */
function cleanMessage(said: string): string {
  const last =
    said
      .trim()
      .split('\n')
      .filter((line) => line.trim() !== '')
      .at(-1) ?? '';
  const logrus = /msg="((?:[^"\\]|\\.)*)"/.exec(last)?.[1];
  const text = logrus === undefined ? last : logrus.replace(/\\(["\\])/g, '$1');
  return text
    .replace(/^\d{4}-\d\d-\d\dT[\d:.]+Z: /, '')
    .replace(/^(?:container_linux.*caused: )/, '')
    .trim();
}
