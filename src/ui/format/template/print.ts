/** How Go prints values: {{.X}}, %v, print. Pure. */
import { entriesOf, GoMap, GoSlice, GoStruct, GoTime, isPlain } from './values.ts';

/** Structs of Docker that print themselves (units.Ulimit). */
const STRINGERS: Readonly<Record<string, (fields: ReadonlyMap<string, unknown>) => string>> = {
  Ulimit: (fields) => `${fields.get('Name')}=${fields.get('Soft')}:${fields.get('Hard')}`,
};

/** What an action prints. */
export function printed(value: unknown): string {
  return value === undefined ? '<no value>' : formatted(value);
}

/** %v: strings bare, lists [a b], maps map[k:v] in order of keys, structs {a b}; with `isNamed` (%+v) {k:a}. */
export function formatted(value: unknown, isNamed = false): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return numberText(value);
  if (typeof value !== 'object') return String(value);
  if (value instanceof GoTime) return timeText(value.json);
  if (value instanceof GoStruct) return structText(value, isNamed);
  const entries = entriesOf(value) ?? [];
  if (!(value instanceof GoMap || isPlain(value)))
    return `[${entries.map(([, item]) => formatted(item, isNamed)).join(' ')}]`;
  return `map[${entries.map(([key, item]) => `${key}:${formatted(item, isNamed)}`).join(' ')}]`;
}

function structText({ name, fields }: GoStruct, isNamed: boolean): string {
  const own = STRINGERS[name];
  if (own !== undefined) return own(fields);
  const texts = [...fields].map(([field, item]) => (isNamed ? `${field}:` : '') + formatted(item, isNamed));
  return `{${texts.join(' ')}}`;
}

/** %v of a number: floats with an exponent from 1e21 on (%g). */
export function numberText(value: number): string {
  return String(value).replace(/e([+-])(\d)$/, 'e$10$2');
}

/** Go's time.Time: '2026-11-21 09:36:03.28 +0000 UTC'. */
function timeText(json: string): string {
  const [, day, time, fraction = '', zone = 'Z'] = /^(\S+)T([\d:]+)(\.\d+)?(\S*)$/.exec(json) ?? [];
  if (day === undefined) return json;
  const offset = zone === 'Z' ? '+0000 UTC' : `${zone.replace(':', '')} ${zone.replace(':', '')}`;
  return `${day} ${time}${fraction.replace(/\.?0+$/, '')} ${offset}`;
}

/** Text as print joins it: a space between operands that are both no strings. */
export function joined(values: readonly unknown[]): string {
  return values
    .map((value, i) => {
      const isApart = i > 0 && typeof value !== 'string' && typeof values[i - 1] !== 'string';
      return `${isApart ? ' ' : ''}${formatted(value)}`;
    })
    .join('');
}

/** The slice's items when all are texts. */
export function texts(value: unknown): string[] | undefined {
  const items = value instanceof GoSlice ? value.items : value;
  return Array.isArray(items) && items.every((item) => typeof item === 'string')
    ? (items as string[])
    : undefined;
}
