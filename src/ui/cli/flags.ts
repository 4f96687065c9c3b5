/** What a verb says of itself (usage, flags, arguments), and the values a command line gave. Pure. */

/** How a value is read. 'list' may be given several times; the others keep the last one. */
export type FlagType = 'bool' | 'int' | 'string' | 'list';

export interface Flag {
  name: string;
  short?: string;
  type: FlagType;
  /** the type's word in the help ('string', 'list', 'bytes', 'filter') when it is not the type's own name */
  word?: string;
  help: string;
  /** shown in the help */
  default?: string;
  /** Docker has it and we don't yet: refused by name, left out of the help. */
  isUnsupported?: true;
  /** An accepted but undocumented or meaningless spelling: left out of the help. */
  isHidden?: true;
  /** Refuses a value when it is read, so that the message names the flag: throws. */
  check?: (value: string) => unknown;
}

export interface Arity {
  min: number;
  max: number;
}

/** A verb: one per file in `verbs/`. */
export interface Spec {
  /** after the verb: '[OPTIONS] CONTAINER [CONTAINER...]' */
  usage: string;
  summary: string;
  flags: readonly Flag[];
  arity: Arity;
  /** Flags end at the first argument, as what follows belongs to the program to run. */
  stopsAtFirstArgument?: true;
}

/** The values given. Names are those of the table; asking for another name is a mistake in the verb. */
export interface FlagValues {
  bool(name: string): boolean;
  string(name: string): string | undefined;
  int(name: string): number | undefined;
  list(name: string): string[];
  /** whether it was given at all */
  has(name: string): boolean;
}

export interface Parsed {
  flags: FlagValues;
  args: string[];
}

/** A command line that cannot be read: printed as it is, exit status 125 for flags and 1 for arguments, as Docker's. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
  readonly exitCode: number;
  constructor(message: string, exitCode: number) {
    super(message);
    this.exitCode = exitCode;
  }
}

const INTEGER = /^([+-]?)(?:0x((?:_?[\da-f])+)|0b((?:_?[01])+)|0o?((?:_?[0-7])+)|(0|[1-9](?:_?\d)*))$/i;

/** A whole number as Go reads it: 0x, 0o and 0b, a leading 0 for octal, underscores between digits. undefined = none. */
export function wholeNumber(text: string): bigint | undefined {
  const [, sign, hex, binary, octal, decimal] = INTEGER.exec(text) ?? [];
  const [prefix, digits] =
    [
      ['0x', hex],
      ['0b', binary],
      ['0o', octal],
      ['', decimal],
    ].find((one) => one[1] !== undefined) ?? [];
  if (digits === undefined) return undefined;
  const number = BigInt(`${prefix}${digits.replaceAll('_', '')}`);
  return sign === '-' ? -number : number;
}

export const bool = (name: string, help: string, short?: string): Flag => flag('bool', name, help, short);
export const text = (name: string, help: string, short?: string): Flag => flag('string', name, help, short);
export const int = (name: string, help: string, short?: string): Flag => flag('int', name, help, short);
export const list = (name: string, help: string, short?: string): Flag => flag('list', name, help, short);

function flag(type: FlagType, name: string, help: string, short: string | undefined): Flag {
  return short === undefined ? { name, type, help } : { name, type, help, short };
}

/** Flags of Docker that are refused by name. A leading '!' marks one that takes no value. */
export function unsupported(...names: string[]): Flag[] {
  return names.map((name) => ({
    name: name.replace('!', ''),
    type: name.startsWith('!') ? 'bool' : 'string',
    help: '',
    isUnsupported: true,
  }));
}

export const NONE: Arity = { min: 0, max: 0 };
export const exactly = (count: number): Arity => ({ min: count, max: count });
export const atLeast = (count: number): Arity => ({ min: count, max: Number.POSITIVE_INFINITY });
export const atMost = (count: number): Arity => ({ min: 0, max: count });
export const between = (min: number, max: number): Arity => ({ min, max });
