/** Turns what a runtime printed into Docker's message and exit status. Pure. */
import { EngineError } from '../errors.ts';

const PREFIX = 'failed to create shim task: OCI runtime create failed: ';

/** Docker CLI's rule (cli/command/container toStatusError): the text decides the status. */
export function createError(said: string): EngineError {
  const text = cleanMessage(said);
  const message = `${PREFIX}${text || 'the runtime ended without a word'}: unknown`;
  if (/executable file .*not found|no such file or directory|not found in \$PATH/i.test(text)) {
    return new EngineError('INVALID_ARGUMENT', message, { exitCode: 127 });
  }
  if (/permission denied|is a directory|exec format error/i.test(text)) {
    return new EngineError('INVALID_ARGUMENT', message, { exitCode: 126 });
  }
  return new EngineError('INTERNAL', message, { exitCode: 125 });
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
