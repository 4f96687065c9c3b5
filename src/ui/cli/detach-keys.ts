/** Which keys detach from a process: Docker's precedence of flag, client configuration and default. */
import { type Engine, messageOf } from '../../engine/index.ts';
import { DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../pty/keys.ts';
import { type ClientSetting, clientSetting } from './client-config.ts';
import { PlainError } from './plain-error.ts';

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
  const { value, warning }: ClientSetting = flag
    ? { value: flag }
    : clientSetting(engine.paths.dockerConfig, 'detachKeys');
  const keys = value || DEFAULT_DETACH_KEYS;
  try {
    parseDetachKeys(keys);
    return warning === undefined ? { keys } : { keys, warning };
  } catch (error) {
    throw new PlainError(messageOf(error), 1);
  }
}
