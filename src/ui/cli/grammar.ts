/** Reads a command line by a verb's table, with the rules and words of pflag, which Docker uses. Pure. */
import { type Flag, type FlagValues, type Parsed, type Spec, UsageError, wholeNumber } from './flags.ts';
import { nearest } from './nearest.ts';

const TRUE = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);

/** Exit status of a command line whose flags can't be read (docker/cli FlagErrorFunc). */
const FLAG_ERROR = 125;

/**
 * Splits `argv` (what follows the verb) into flags and arguments. `--help` and `-h` (where the verb has no -h of its own)
 * come out as the flag `help`. Throws UsageError in pflag's words; the number of arguments is not checked here.
 */
export function parseFlags(spec: Spec, argv: readonly string[]): Parsed {
  const values = new Map<string, string[]>();
  const args: string[] = [];
  const rest = [...argv];
  for (let word = rest.shift(); word !== undefined; word = rest.shift()) {
    if (word === '--') {
      args.push(...rest);
      break;
    }
    if (word.startsWith('--')) readLong(spec, word, rest, values);
    else if (word.startsWith('-') && word.length > 1) readShort(spec, word, rest, values);
    else {
      args.push(word);
      if (spec.stopsAtFirstArgument) {
        args.push(...rest);
        break;
      }
    }
  }
  return { flags: valuesOf(spec, values), args };
}

function readLong(spec: Spec, word: string, rest: string[], values: Map<string, string[]>): void {
  const equals = word.indexOf('=');
  const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
  if (name === '' || name.startsWith('-')) throw new UsageError(`bad flag syntax: ${word}`, FLAG_ERROR);
  const flag = spec.flags.find((known) => known.name === name);
  if (flag === undefined) {
    if (name === 'help') {
      values.set('help', ['true']);
      return;
    }
    throw new UsageError(`unknown flag: --${name}${suggestion(spec, name)}`, FLAG_ERROR);
  }
  refuseUnsupported(flag);
  if (equals >= 0) {
    store(flag, word.slice(equals + 1), values);
    return;
  }
  if (flag.type === 'bool') {
    store(flag, 'true', values);
    return;
  }
  const value = rest.shift();
  if (value === undefined) throw new UsageError(`flag needs an argument: --${name}`, FLAG_ERROR);
  store(flag, value, values);
}

/** '-itd', '-p8080:80', '-e=x' (pflag drops the '='), '-f=false'. */
function readShort(spec: Spec, word: string, rest: string[], values: Map<string, string[]>): void {
  for (let at = 1; at < word.length; at += 1) {
    const letter = word[at]!;
    const flag = spec.flags.find((known) => known.short === letter);
    if (flag === undefined) {
      if (letter === 'h') {
        values.set('help', ['true']);
        return;
      }
      throw new UsageError(`unknown shorthand flag: '${letter}' in -${word.slice(at)}`, FLAG_ERROR);
    }
    refuseUnsupported(flag);
    const tail = word.slice(at + 1);
    if (tail.length > 1 && tail[0] === '=') {
      store(flag, tail.slice(1), values);
      return;
    }
    if (flag.type === 'bool') {
      store(flag, 'true', values);
      continue;
    }
    const value = tail === '' ? rest.shift() : tail;
    if (value === undefined) {
      throw new UsageError(`flag needs an argument: '${letter}' in -${word.slice(at)}`, FLAG_ERROR);
    }
    store(flag, value, values);
    return;
  }
}

function refuseUnsupported(flag: Flag): void {
  if (flag.isUnsupported) throw new UsageError(`--${flag.name} is not supported yet`, FLAG_ERROR);
}

function suggestion(spec: Spec, name: string): string {
  const known = spec.flags.filter((flag) => !flag.isUnsupported && !flag.isHidden).map((flag) => flag.name);
  const best = nearest(name, known);
  return best === undefined ? '' : `\nDid you mean --${best}?`;
}

function store(flag: Flag, value: string, values: Map<string, string[]>): void {
  const why = reject(flag, value);
  if (why !== undefined) {
    const spelled = flag.short === undefined ? `--${flag.name}` : `-${flag.short}, --${flag.name}`;
    throw new UsageError(
      `invalid argument ${JSON.stringify(value)} for "${spelled}" flag: ${why}`,
      FLAG_ERROR,
    );
  }
  const before = flag.type === 'list' ? (values.get(flag.name) ?? []) : [];
  values.set(flag.name, [...before, value]);
}

function reject(flag: Flag, value: string): string | undefined {
  if (flag.type === 'bool' && !TRUE.has(value) && !FALSE.has(value)) {
    return `strconv.ParseBool: parsing ${JSON.stringify(value)}: invalid syntax`;
  }
  try {
    flag.check?.(value);
  } catch (error) {
    return (error as Error).message;
  }
  return flag.type === 'int' ? rejectInt(value) : undefined;
}

function rejectInt(value: string): string | undefined {
  const number = wholeNumber(value);
  if (number === undefined) return `strconv.ParseInt: parsing ${JSON.stringify(value)}: invalid syntax`;
  if (BigInt.asIntN(64, number) === number) return undefined;
  return `strconv.ParseInt: parsing ${JSON.stringify(value)}: value out of range`;
}

function valuesOf(spec: Spec, values: ReadonlyMap<string, string[]>): FlagValues {
  const get = (name: string): string[] => {
    if (name !== 'help' && !spec.flags.some((flag) => flag.name === name))
      throw new Error(`no flag --${name} in the table`);
    return values.get(name) ?? [];
  };
  return {
    bool: (name) => TRUE.has(get(name).at(-1) ?? ''),
    string: (name) => get(name).at(-1),
    int: (name) => {
      const value = get(name).at(-1);
      return value === undefined ? undefined : Number(wholeNumber(value));
    },
    list: (name) => [...get(name)],
    has: (name) => get(name).length > 0,
  };
}
