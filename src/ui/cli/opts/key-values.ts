/** NAME=value lists: --env, --env-file, --label, --label-file, --sysctl, --log-opt (docker/cli opts; test/data/cli-opts.json). Pure. */

/** Longest line of an env file (Go's bufio.Scanner). */
const MAX_LINE = 65_536;

type Environment = Readonly<Record<string, string | undefined>>;

/** NAME alone takes the caller's value, and stays NAME when the caller has none. */
export function parseEnv(value: string, environment: Environment): string {
  const equals = value.indexOf('=');
  if (equals === 0 || value === '') throw new Error(`invalid environment variable: ${value}`);
  if (equals > 0) return value;
  const own = environment[value];
  return own === undefined ? value : `${value}=${own}`;
}

/** Lines of an env or label file. `lookUp` gives the value of a NAME alone; names without one are dropped, as Docker does. */
export function parseKeyValueFile(text: string, lookUp: (name: string) => string | undefined): string[] {
  const found: string[] = [];
  for (const [i, raw] of text
    .replace(/^\u{feff}/u, '')
    .split(/\r?\n/)
    .entries()) {
    if (raw.length >= MAX_LINE) throw new Error('bufio.Scanner: token too long');
    if (raw.includes('\0')) throw new Error(`line ${i + 1} holds a NUL character`);
    const line = raw.replace(/^\p{White_Space}+/u, '');
    if (line === '' || line.startsWith('#')) continue;
    const equals = line.indexOf('=');
    const name = equals < 0 ? line : line.slice(0, equals);
    if (name === '') throw new Error(`no variable name on line '${line}'`);
    if (/[ \t]/.test(name)) throw new Error(`variable '${name}' contains whitespaces`);
    const value = equals < 0 ? lookUp(name) : line.slice(equals + 1);
    if (value !== undefined) found.push(`${name}=${value}`);
  }
  return found;
}

/** A label is kept as it is. Throws when its name is empty, or holds white space. */
export function checkLabel(label: string): string {
  const name = label.split('=', 1)[0]!.replace(/^[ \t]+/, '');
  if (name === '') throw new Error(`invalid label '${label}': empty name`);
  if (/[ \t]/.test(name)) throw new Error(`label '${name}' contains whitespaces`);
  return label;
}

/** ['a=1', 'b'] → {a: '1', b: ''} */
export function keyValues(items: readonly string[]): Record<string, string> {
  return Object.fromEntries(
    items.map((item) => {
      const equals = item.indexOf('=');
      return equals < 0 ? [item, ''] : [item.slice(0, equals), item.slice(equals + 1)];
    }),
  );
}

/** --filter name=value → {name: [values]}. Names are case-insensitive; an empty one is none. */
export function filters(items: readonly string[]): Record<string, string[]> {
  const found: Record<string, string[]> = {};
  for (const item of items) {
    if (item === '') continue;
    const equals = item.indexOf('=');
    const name = item.slice(0, equals).trim().toLowerCase();
    found[name] = [...(found[name] ?? []), item.slice(equals + 1).trim()];
  }
  return found;
}

/** Throws unless `item` is name=value or empty. */
export function checkFilter(item: string): void {
  if (item !== '' && !item.includes('=')) throw new Error('bad format of filter (expected name=value)');
}
