/** Settings of Docker's client in its config.json: those that are texts. */
import { readFileSync } from 'node:fs';
import { codeOf, type Engine, messageOf } from '../../engine/index.ts';
import { printable } from '../format/printable.ts';
import type { FlagValues } from './flags.ts';
import type { CliIo } from './io.ts';

/** What is read for one value may still not be read without end. */
const CONFIG_LIMIT_BYTES = 1024 * 1024;

export interface ClientSetting {
  /** undefined: the configuration has none */
  value?: string;
  /** the configuration could not be read, in Docker's words */
  warning?: string;
}

/** The text that `file` has for `name` ('psFormat'). */
export function clientSetting(file: string, name: string): ClientSetting {
  const { value, warning } = readSetting(file, name, (found) => typeof found === 'string', 'text');
  return { ...(value === undefined ? {} : { value: value as string }), ...(warning && { warning }) };
}

/** The list of texts that `file` has for `name` ('pruneFilters'). */
export function clientList(file: string, name: string): { values?: string[]; warning?: string } {
  const isList = (found: unknown) => Array.isArray(found) && found.every((item) => typeof item === 'string');
  const { value, warning } = readSetting(file, name, isList, 'list of texts');
  return { ...(value === undefined ? {} : { values: value as string[] }), ...(warning && { warning }) };
}

function readSetting(
  file: string,
  name: string,
  fits: (found: unknown) => boolean,
  wanted: string,
): { value?: unknown; warning?: string } {
  try {
    const text = readFileSync(file, 'utf8');
    if (text.length > CONFIG_LIMIT_BYTES) throw new Error('too large');
    const config: unknown = JSON.parse(text);
    const value: unknown =
      config instanceof Object && Object.hasOwn(config, name) ? Reflect.get(config, name) : undefined;
    if (value === undefined) return {};
    if (!fits(value)) throw new Error(`${name} is no ${wanted}`);
    return { value };
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return {};
    // the parser's own message would quote the file, which holds secrets
    const reason = error instanceof SyntaxError ? 'no JSON' : messageOf(error);
    return { warning: printable(`WARNING: Error loading config file: ${file}: ${reason}`) };
  }
}

/** How a list is to be printed: --format, else what the configuration has for lists of this kind; ids alone when --quiet is given. */
export async function listFormat(
  flags: FlagValues,
  setting: 'psFormat' | 'imagesFormat' | 'volumesFormat' | 'networksFormat',
  engine: Engine,
  io: CliIo,
): Promise<string | undefined> {
  const given = flags.string('format');
  if (given || flags.bool('quiet')) return given || undefined;
  const { value, warning } = clientSetting(engine.paths.dockerConfig, setting);
  if (warning !== undefined) await io.stderr.write(`${warning}\n`);
  return value;
}
