/** The functions of templates: Go's built-in ones and Docker's (docker/cli templates). Pure. */
import { jsonText } from '../printable.ts';
import { TemplateError } from './parse.ts';

type TemplateFunction = (...args: unknown[]) => unknown;

/** Go's JSON without HTML escapes; keys of plain objects stay in their order. */
const toJson = (value: unknown): string => jsonText(value ?? null);

/** What `{{.X}}` prints: strings bare, lists [a b], maps map[k:v] in order of keys. */
export function printed(value: unknown): string {
  return value === null || value === undefined ? '<no value>' : inner(value);
}

function inner(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (Array.isArray(value)) return `[${value.map(inner).join(' ')}]`;
  if (typeof value !== 'object') return String(value);
  const entries = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `map[${entries.map(([key, item]) => `${key}:${inner(item)}`).join(' ')}]`;
}

/** Go's truth: false, 0, nil and whatever is empty are false. */
export function isTrue(value: unknown): boolean {
  if (Array.isArray(value)) return value.length > 0;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length > 0;
  return Boolean(value);
}

function length(value: unknown): number {
  if (typeof value === 'string') return Buffer.byteLength(value);
  if (Array.isArray(value)) return value.length;
  if (typeof value === 'object' && value !== null) return Object.keys(value).length;
  throw new TemplateError(`error calling len: len of type ${typeof value}`);
}

function index(value: unknown, ...keys: unknown[]): unknown {
  return keys.reduce((found, key) => {
    if (Array.isArray(found)) {
      const at = Number(key);
      if (!(at >= 0 && at < found.length)) {
        throw new TemplateError(`error calling index: reflect: slice index out of range`);
      }
      return found[at] as unknown;
    }
    if (typeof found !== 'object' || found === null)
      throw new TemplateError('error calling index: index of untyped nil');
    return Object.hasOwn(found, String(key)) ? (found as Record<string, unknown>)[String(key)] : '';
  }, value);
}

/** The verbs of fmt that make sense here: %s %v %q %d %x %t %f %% with width and flags. */
function sprintf(format: string, ...args: unknown[]): string {
  let next = 0;
  const text = format.replace(
    /%([-+ 0#]*)(\d*)(?:\.(\d+))?([a-zA-Z%])/g,
    (whole, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const part = formatOne(args[next++], verb, precision === undefined ? undefined : Number(precision));
      if (part === undefined) return `%!${whole.at(-1)}(${inner(args[next - 1])})`;
      const fill = flags.includes('0') && !flags.includes('-') ? '0' : ' ';
      return flags.includes('-') ? part.padEnd(Number(width)) : part.padStart(Number(width), fill);
    },
  );
  const extra = args.slice(next).map((arg) => inner(arg));
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

function formatOne(value: unknown, verb: string, precision: number | undefined): string | undefined {
  if (verb === 'q') return JSON.stringify(String(value));
  if (verb === 's' || verb === 'v')
    return precision === undefined ? inner(value) : inner(value).slice(0, precision);
  if (verb === 't' && typeof value === 'boolean') return String(value);
  const number = Number(value);
  if (verb === 'd' && Number.isInteger(number)) return String(number);
  if (verb === 'x')
    return typeof value === 'number' ? value.toString(16) : Buffer.from(String(value)).toString('hex');
  if (verb === 'f' && Number.isFinite(number)) return number.toFixed(precision ?? 6);
  return undefined;
}

const compare =
  (test: (sign: number) => boolean): TemplateFunction =>
  (a, b) =>
    test(
      typeof a === 'number' && typeof b === 'number'
        ? a - b
        : String(a) < String(b)
          ? -1
          : Number(String(a) > String(b)),
    );

const sameAs = (a: unknown, b: unknown) => a === b || (typeof a !== 'object' && String(a) === String(b));

/** By name. `and` and `or` give the deciding argument, as in Go. */
export const FUNCTIONS: Readonly<Record<string, TemplateFunction>> = {
  json: toJson,
  split: (text, separator) => String(text).split(String(separator)),
  join: (items, separator) =>
    ((items as unknown[] | null) ?? []).map((item) => inner(item)).join(String(separator)),
  lower: (text) => String(text).toLowerCase(),
  upper: (text) => String(text).toUpperCase(),
  title: (text) =>
    String(text).replace(/(^|\s)(\S)/g, (_, space: string, char: string) => space + char.toUpperCase()),
  pad: (text, before, after) =>
    `${text === '' ? '' : ' '.repeat(Number(before))}${String(text)}${text === '' ? '' : ' '.repeat(Number(after))}`,
  truncate: (text, size) => String(text).slice(0, Number(size)),
  print: (...args) => args.map((arg) => inner(arg)).join(''),
  println: (...args) => `${args.map((arg) => inner(arg)).join(' ')}\n`,
  printf: (format, ...args) => sprintf(String(format), ...args),
  len: length,
  index,
  eq: (first, ...others) => others.some((other) => sameAs(first, other)),
  ne: (a, b) => !sameAs(a, b),
  lt: compare((sign) => sign < 0),
  le: compare((sign) => sign <= 0),
  gt: compare((sign) => sign > 0),
  ge: compare((sign) => sign >= 0),
  and: (...args) => args.find((arg) => !isTrue(arg)) ?? args.at(-1),
  or: (...args) => args.find((arg) => isTrue(arg)) ?? args.at(-1),
  not: (value) => !isTrue(value),
};
