/** --ulimit name=soft[:hard] (docker/go-units ulimit). Pure. */

const NAMES = new Set(
  'core cpu data fsize locks memlock msgqueue nice nofile nproc rss rtprio rttime sigpending stack'.split(
    ' ',
  ),
);

export interface Ulimit {
  Name: string;
  Soft: number;
  Hard: number;
}

/** One of each name: the last given, as Docker's map keeps them. */
export const parseUlimits = (values: readonly string[]): Ulimit[] => [
  ...new Map(values.map((value) => [parseUlimit(value).Name, parseUlimit(value)])).values(),
];

/** Throws `invalid ulimit argument: x`, `invalid ulimit type: x`, or says that soft is above hard. -1 = unlimited. */
export function parseUlimit(text: string): Ulimit {
  const [name = '', limits, ...more] = text.split('=');
  if (limits === undefined || more.length > 0) throw new Error(`invalid ulimit argument: ${text}`);
  if (!NAMES.has(name)) throw new Error(`invalid ulimit type: ${name}`);
  const [softText = '', hardText, ...rest] = limits.split(':');
  if (rest.length > 0)
    throw new Error(`too many limit value arguments - ${limits}, can only have up to two, \`soft[:hard]\``);
  const soft = limit(softText);
  const hard = hardText === undefined ? soft : limit(hardText);
  if (hard !== -1 && (soft === -1 || soft > hard)) {
    const softer = soft === -1 ? 'soft: -1 (unlimited), hard: ' : `${soft} > `;
    throw new Error(`ulimit soft limit must be less than or equal to hard limit: ${softer}${hard}`);
  }
  return { Name: name, Soft: soft, Hard: hard };
}

function limit(text: string): number {
  const refuse = (why: string) => new Error(`strconv.ParseInt: parsing "${text}": ${why}`);
  if (!/^[+-]?\d+$/.test(text)) throw refuse('invalid syntax');
  if (BigInt.asIntN(64, BigInt(text)) !== BigInt(text)) throw refuse('value out of range');
  return Number(text);
}
