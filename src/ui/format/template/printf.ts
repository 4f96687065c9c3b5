/** Go's fmt.Sprintf for what templates have: texts, numbers, bools and composed values. Pure. */
import { formatted, numberText } from './print.ts';
import { entriesOf, typeName } from './values.ts';

const VERB = /%([-+# 0]*)(\d*)(?:\.(\d*))?([a-zA-Z%]|$)/g;

interface Spec {
  flags: string;
  precision: number | undefined;
  verb: string;
}

/** Wrong verbs and counts are said in the text, as Go does: '%!d(string=a)', '%!d(MISSING)', '%!(EXTRA int=1)'. */
export function sprintf(format: string, ...args: unknown[]): string {
  let next = 0;
  const text = format.replace(
    VERB,
    (_, flags: string, width: string, precision: string | undefined, verb: string) => {
      if (verb === '%') return '%';
      if (verb === '') return '%!(NOVERB)';
      if (next >= args.length) return `%!${verb}(MISSING)`;
      const spec = { flags, verb, precision: precision === undefined ? undefined : Number(precision) };
      return padded(formatValue(args[next++], spec), Number(width), spec);
    },
  );
  const extra = args.slice(next).map(withType);
  return extra.length > 0 ? `${text}%!(EXTRA ${extra.join(', ')})` : text;
}

const withType = (value: unknown): string =>
  value === null || value === undefined ? '<nil>' : `${typeName(value)}=${formatted(value)}`;

function padded(text: string, width: number, { flags }: Spec): string {
  const missing = width - Array.from(text).length;
  if (missing <= 0) return text;
  if (flags.includes('-')) return text + ' '.repeat(missing);
  if (!flags.includes('0')) return ' '.repeat(missing) + text;
  const sign = /^[+-]/.exec(text)?.[0] ?? '';
  return sign + '0'.repeat(missing) + text.slice(sign.length);
}

function formatValue(value: unknown, spec: Spec): string {
  const { verb, flags } = spec;
  if (verb === 'T') return typeName(value);
  if (verb === 'v')
    return flags.includes('#') ? goSyntax(value) : limited(formatted(value, flags.includes('+')), spec);
  const wrong = `%!${verb}(${withType(value)})`;
  if (typeof value === 'string') return textVerb(value, spec) ?? wrong;
  if (typeof value === 'number') return numberVerb(value, spec) ?? wrong;
  if (typeof value === 'boolean') return verb === 't' ? String(value) : wrong;
  const entries = entriesOf(value);
  if (entries === undefined || !Array.isArray(listOf(value))) return verb === 's' ? formatted(value) : wrong;
  return `[${entries.map(([, item]) => formatValue(item, spec)).join(' ')}]`;
}

const listOf = (value: unknown): unknown =>
  typeof value === 'object' && value !== null && 'items' in value ? value.items : value;

function limited(text: string, { precision }: Spec): string {
  return precision === undefined ? text : Array.from(text).slice(0, precision).join('');
}

function textVerb(value: string, spec: Spec): string | undefined {
  switch (spec.verb) {
    case 's':
      return limited(value, spec);
    case 'q':
      return JSON.stringify(limited(value, spec));
    case 'x':
      return Buffer.from(value).toString('hex');
    case 'X':
      return Buffer.from(value).toString('hex').toUpperCase();
    default:
      return undefined;
  }
}

const BASES: Readonly<Record<string, { base: number; mark: string }>> = {
  d: { base: 10, mark: '' },
  x: { base: 16, mark: '0x' },
  X: { base: 16, mark: '0X' },
  o: { base: 8, mark: '0' },
  b: { base: 2, mark: '0b' },
};

function numberVerb(value: number, { verb, flags, precision }: Spec): string | undefined {
  const plus = flags.includes('+') && value >= 0 ? '+' : flags.includes(' ') && value >= 0 ? ' ' : '';
  const base = BASES[verb];
  if (Number.isInteger(value) && base !== undefined) {
    const digits = Math.abs(value)
      .toString(base.base)
      .padStart(precision ?? 0, '0');
    const sign = value < 0 ? '-' : plus;
    return sign + (flags.includes('#') ? base.mark : '') + (verb === 'X' ? digits.toUpperCase() : digits);
  }
  if (verb === 'c' || verb === 'q') {
    const char = String.fromCodePoint(value);
    return verb === 'c' ? char : `'${char}'`;
  }
  if (verb === 'U') return `U+${value.toString(16).toUpperCase().padStart(4, '0')}`;
  if (verb === 'f' || verb === 'F') return plus + value.toFixed(precision ?? 6);
  if (verb === 'e') return plus + value.toExponential(precision ?? 6).replace(/e([+-])(\d)$/, 'e$10$2');
  return verb === 'g' ? plus + numberText(value) : undefined;
}

/** %#v of plain values. */
function goSyntax(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : formatted(value);
}
