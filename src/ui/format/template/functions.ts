/** The functions of templates: Go's built-in ones and Docker's (docker/cli templates). Pure. */
import { jsonText } from '../printable.ts';
import { TemplateError } from './lexer.ts';
import { formatted, joined, texts } from './print.ts';
import { sprintf } from './printf.ts';
import {
  asJson,
  entriesOf,
  GoMap,
  GoSlice,
  GoStruct,
  isPlain,
  isTrue,
  mapEntries,
  typeName,
} from './values.ts';

/** What an argument has to be. */
export type ParameterType = 'string' | 'int' | '[]string' | 'any';

export interface TemplateFunction {
  parameters: readonly ParameterType[];
  /** type of further arguments, any number of them */
  rest?: ParameterType;
  /** Throws Error with Go's words behind 'error calling NAME: '. */
  call(...args: never[]): unknown;
}

const failed = (message: string) => new TemplateError(message);

function of(
  parameters: readonly ParameterType[],
  call: TemplateFunction['call'],
  rest?: ParameterType,
): TemplateFunction {
  return rest === undefined ? { parameters, call } : { parameters, call, rest };
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  const entries = entriesOf(value);
  if (value === null || value === undefined) throw failed('len of nil pointer');
  if (entries === undefined) throw failed(`len of type ${typeName(value)}`);
  return entries.length;
}

function indexOne(found: unknown, key: unknown): unknown {
  if (found === null || found === undefined) throw failed('index of untyped nil');
  if (found instanceof GoMap || isPlain(found)) {
    if (typeof key !== 'string') throw failed(`value has type ${typeName(key)}; should be string`);
    const entry = mapEntries(found)!.find(([name]) => name === key);
    if (entry !== undefined) return entry[1];
    return found instanceof GoMap ? found.zero : undefined;
  }
  // a struct is none for Go; its JSON, which Docker tries then, is a map
  if (found instanceof GoStruct) throw failed(`can't index item of type ${typeName(found)}`);
  if (typeof key !== 'number') throw failed(`cannot index slice/array with type ${typeName(key)}`);
  const items =
    typeof found === 'string' ? [...Buffer.from(found)] : entriesOf(found)?.map(([, item]) => item);
  if (items === undefined) throw failed(`can't index item of type ${typeName(found)}`);
  if (!(key >= 0 && key < items.length)) throw failed(`index out of range: ${key}`);
  return items[key];
}

function slice(value: unknown, ...bounds: unknown[]): unknown {
  if (bounds.length > 3) throw failed(`too many slice indexes: ${bounds.length}`);
  const source =
    typeof value === 'string' ? Buffer.from(value) : value instanceof GoSlice ? value.items : value;
  if (!(Buffer.isBuffer(source) || Array.isArray(source)))
    throw failed(`can't slice item of type ${typeName(value)}`);
  const wrong = bounds.find((bound) => typeof bound === 'number' && !(bound >= 0 && bound <= source.length));
  if (wrong !== undefined) throw failed(`index out of range: ${formatted(wrong)}`);
  const [from = 0, to = source.length] = bounds as number[];
  if (from > to) throw failed(`invalid slice index: ${from} > ${to}`);
  return Buffer.isBuffer(source) ? source.toString('utf8', from, to) : source.slice(from, to);
}

function same(a: unknown, b: unknown): boolean {
  if (a === null || b === null || a === undefined || b === undefined) return (a ?? null) === (b ?? null);
  if (typeof a === 'object' || typeof b === 'object') {
    if (a instanceof GoStruct && b instanceof GoStruct) return a === b;
    throw failed(`non-comparable type ${typeName(typeof a === 'object' ? a : b)}`);
  }
  if (typeof a !== typeof b) throw failed('incompatible types for comparison');
  return a === b;
}

function less(a: unknown, b: unknown): boolean {
  const comparable = (value: unknown) => typeof value === 'number' || typeof value === 'string';
  if (!comparable(a) || !comparable(b)) throw failed('invalid type for comparison');
  if (typeof a !== typeof b) throw failed('incompatible types for comparison');
  if (typeof a === 'string') return Buffer.compare(Buffer.from(a), Buffer.from(b as string)) < 0;
  return (a as number) < (b as number);
}

function equal(first: unknown, ...others: unknown[]): boolean {
  if (others.length === 0) throw failed('missing argument for comparison');
  return others.some((other) => same(first, other));
}

const HTML: Readonly<Record<string, string>> = {
  '<': '&lt;',
  '>': '&gt;',
  '&': '&amp;',
  "'": '&#39;',
  '"': '&#34;',
};

const JS: Readonly<Record<string, string>> = { '\\': '\\\\', "'": "\\'", '"': '\\"' };

function jsEscape(text: string): string {
  return text.replace(/[\\'"<>&=\x00-\x1f]/g, (char) => {
    const code = char.charCodeAt(0).toString(16).toUpperCase().padStart(4, '0');
    return JS[char] ?? `\\u${code}`;
  });
}

const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replaceAll('%20', '+')
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

const upperFirst = (_: string, before: string, char: string): string => before + char.toUpperCase();

/** By name. Of `and` and `or` only the arguments up to the deciding one are evaluated, so it is the last. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: of(['any'], (value: unknown) => jsonText(asJson(value))),
  split: of(['string', 'string'], (text: string, separator: string) => text.split(separator)),
  join: of(['[]string', 'string'], (items: unknown, separator: string) =>
    (texts(items) ?? []).join(separator),
  ),
  lower: of(['string'], (text: string) => text.toLowerCase()),
  upper: of(['string'], (text: string) => text.toUpperCase()),
  title: of(['string'], (text: string) => text.replace(/(^|[^\p{L}\p{N}_'])(\p{L})/gu, upperFirst)),
  pad: of(['string', 'int', 'int'], (text: string, before: number, after: number) =>
    text === '' ? '' : ' '.repeat(before) + text + ' '.repeat(after),
  ),
  truncate: of(['string', 'int'], (text: string, size: number) => Array.from(text).slice(0, size).join('')),
  print: of([], (...args: unknown[]) => joined(args), 'any'),
  println: of([], (...args: unknown[]) => `${args.map((arg) => formatted(arg)).join(' ')}\n`, 'any'),
  printf: of(['string'], (format: string, ...args: unknown[]) => sprintf(format, ...args), 'any'),
  len: of(['any'], length),
  index: of(['any'], (value: unknown, ...keys: unknown[]) => keys.reduce(indexOne, value), 'any'),
  slice: of(['any'], slice, 'any'),
  html: of([], (...args: unknown[]) => joined(args).replace(/[<>&'"]/g, (char) => HTML[char]!), 'any'),
  js: of([], (...args: unknown[]) => jsEscape(joined(args)), 'any'),
  urlquery: of([], (...args: unknown[]) => queryEscape(joined(args)), 'any'),
  call: of(
    ['any'],
    (value: unknown) => {
      throw failed(
        value === null || value === undefined ? 'call of nil' : `non-function of type ${typeName(value)}`,
      );
    },
    'any',
  ),
  eq: of(['any'], equal, 'any'),
  ne: of(['any', 'any'], (a: unknown, b: unknown) => !same(a, b)),
  lt: of(['any', 'any'], less),
  le: of(['any', 'any'], (a: unknown, b: unknown) => less(a, b) || same(a, b)),
  gt: of(['any', 'any'], (a: unknown, b: unknown) => !(less(a, b) || same(a, b))),
  ge: of(['any', 'any'], (a: unknown, b: unknown) => !less(a, b)),
  and: of(['any'], (...args: unknown[]) => args.at(-1), 'any'),
  or: of(['any'], (...args: unknown[]) => args.at(-1), 'any'),
  not: of(['any'], (value: unknown) => !isTrue(value)),
};

/** What these functions are in the header of a table (docker/cli HeaderFunctions). */
export const HEADER_FUNCTIONS: Readonly<Record<string, TemplateFunction>> = Object.fromEntries(
  (['json', 'title', 'lower', 'upper', 'truncate'] as const).map((name) => [
    name,
    of(FUNCTIONS[name]!.parameters, (text: unknown) => text),
  ]),
);

export const FUNCTION_NAMES: ReadonlySet<string> = new Set(Object.keys(FUNCTIONS));
