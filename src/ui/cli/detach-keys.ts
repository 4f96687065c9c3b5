/** Which keys detach from a process: Docker's precedence of flag, client configuration and default. */
import { readFileSync } from 'node:fs';
import { codeOf, type Engine, messageOf } from '../../engine/index.ts';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../pty/keys.ts';
import { PlainError } from './report.ts';

/** What reads nothing of the configuration but one value may still not read without end. */
const CONFIG_LIMIT_BYTES = 1024 * 1024;

export interface DetachKeys {
  /** Docker's syntax */
  keys: string;
  /** the configuration could not be read, in Docker's words */
  warning?: string;
}

/**
 * The value of --detach-keys, else `detachKeys` of Docker's config.json, else Ctrl-P Ctrl-Q. Throws an error with status 1 for keys that
 * don't exist.
 */
export function detachKeysOf(flag: string | undefined, engine: Engine): DetachKeys {
  const configured: Partial<DetachKeys> = flag ? { keys: flag } : configuredKeys(engine.paths.dockerConfig);
  const keys = configured.keys || DEFAULT_DETACH_KEYS;
  try {
    parseDetachKeys(keys);
    return { ...configured, keys };
  } catch (error) {
    throw new PlainError(messageOf(error), 1);
  }
}

function configuredKeys(file: string): Partial<DetachKeys> {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > CONFIG_LIMIT_BYTES) throw new Error('too large');
    const keys = keysIn(text);
    return keys === undefined ? {} : { keys };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    // the parser's own message would quote the file, which holds secrets
    const reason = error instanceof SyntaxError ? 'no JSON' : messageOf(error);
    return { warning: `WARNING: Error loading config file: ${file}: ${reason}` };
  }
}

function keysIn(text: string): string | undefined {
  const config: unknown = JSON.parse(text);
  const keys = config instanceof Object ? (config as Record<string, unknown>)['detachKeys'] : undefined;
  if (keys !== undefined && typeof keys !== 'string') throw new Error('detachKeys is no text');
  return keys;
}
