/** The values of templates: JSON with what Go knows of it besides — structs, maps, times. Pure. */

/**
 * How Go declares a value whose JSON does not tell: `''` string, `'#'` number, `'?'` bool, `'@'` time, `'[]T'` slice, `'{}T'` map of strings
 * to T, `'*T'` pointer, else the name of a struct.
 */
export type GoType = string;

/** Name of a struct → its fields in order, `Name:Type` or `Name=jsonName:Type`; a string needs no ':'. */
export type Structs = Readonly<Record<string, string>>;

/** A struct: printed as {a b}, with fields that its JSON leaves out. */
export class GoStruct {
  readonly name: string;
  readonly fields: ReadonlyMap<string, unknown>;
  readonly json: unknown;
  constructor(name: string, fields: ReadonlyMap<string, unknown>, json: unknown) {
    this.name = name;
    this.fields = fields;
    this.json = json;
  }
}

/** A map: any key may be asked for. */
export class GoMap {
  readonly entries: ReadonlyMap<string, unknown>;
  /** what a key has that is not there */
  readonly zero: unknown;
  readonly json: unknown;
  constructor(entries: ReadonlyMap<string, unknown>, zero: unknown, json: unknown) {
    this.entries = entries;
    this.zero = zero;
    this.json = json;
  }
}

/** A list; of a nil one the JSON is null. */
export class GoSlice {
  readonly items: readonly unknown[];
  readonly json: unknown;
  constructor(items: readonly unknown[], json: unknown) {
    this.items = items;
    this.json = json;
  }
}

export class GoTime {
  readonly json: string;
  constructor(json: string) {
    this.json = json;
  }
}

/** `json` as a Go program holds it that declares it as `type`. */
export function typed(json: unknown, type: GoType, structs: Structs): unknown {
  if (type.startsWith('*'))
    return json === null || json === undefined ? null : typed(json, type.slice(1), structs);
  if (type.startsWith('[]')) {
    const items = Array.isArray(json) ? json.map((item) => typed(item, type.slice(2), structs)) : [];
    return new GoSlice(items, json ?? null);
  }
  if (type.startsWith('{}')) {
    const of = type.slice(2);
    const entries = Object.entries((json as object | null | undefined) ?? {});
    const values = new Map(entries.map(([key, item]) => [key, typed(item, of, structs)]));
    return new GoMap(values, of.startsWith('*') ? null : typed(undefined, of, structs), json ?? null);
  }
  if (type === '') return json ?? '';
  if (type === '#') return json ?? 0;
  if (type === '?') return json ?? false;
  if (type === '@') return new GoTime(typeof json === 'string' ? json : '0001-01-01T00:00:00Z');
  return struct(json, type, structs);
}

function struct(json: unknown, name: string, structs: Structs): GoStruct {
  const given = (json as Record<string, unknown> | null | undefined) ?? {};
  const fields = new Map<string, unknown>();
  for (const declared of (structs[name] ?? '').split(/\s+/).filter(Boolean)) {
    const [names = '', type = ''] = declared.split(/:(.*)/s);
    const [field = '', key = field] = names.split('=');
    fields.set(field, typed(Object.hasOwn(given, key) ? given[key] : undefined, type, structs));
  }
  return new GoStruct(name, fields, json ?? {});
}

/** Key and value pairs of what can be ranged over, maps in the order of their keys; undefined for others. */
export function entriesOf(value: unknown): [unknown, unknown][] | undefined {
  const items = value instanceof GoSlice ? value.items : value;
  if (Array.isArray(items)) return items.map((item, i) => [i, item]);
  const entries = mapEntries(value);
  return entries?.sort(([a], [b]) => (a < b ? -1 : 1));
}

/** A map's entries; of a row of a list the texts alone. */
export function mapEntries(value: unknown): [string, unknown][] | undefined {
  if (value instanceof GoMap) return [...value.entries];
  return isPlain(value) ? Object.entries(value) : undefined;
}

export function isPlain(value: unknown): value is Record<string, unknown> {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !(
      value instanceof GoStruct ||
      value instanceof GoMap ||
      value instanceof GoSlice ||
      value instanceof GoTime
    )
  );
}

/** What `json` prints of it. */
export function asJson(value: unknown): unknown {
  return value instanceof GoStruct ||
    value instanceof GoMap ||
    value instanceof GoSlice ||
    value instanceof GoTime
    ? value.json
    : (value ?? null);
}

/** Go's truth: false, 0, nil and whatever is empty are false; a struct is true. */
export function isTrue(value: unknown): boolean {
  if (value instanceof GoStruct || value instanceof GoTime) return true;
  const entries = entriesOf(value);
  return entries === undefined ? Boolean(value) : entries.length > 0;
}

/** Go's name of a value's type; without declarations all is interface {}. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return '<nil>';
  if (typeof value === 'number') return Number.isInteger(value) ? 'int' : 'float64';
  if (typeof value === 'boolean') return 'bool';
  if (typeof value === 'string') return 'string';
  if (value instanceof GoStruct) return `types.${value.name}`;
  if (value instanceof GoTime) return 'time.Time';
  if (value instanceof GoSlice) return '[]string';
  if (Array.isArray(value)) return '[]interface {}';
  return value instanceof GoMap ? 'map[string]string' : 'map[string]interface {}';
}
