/** Matches paths with patterns that come from anywhere: none takes long, whatever it is asked. Pure. */

/** A piece of a pattern. `source` is the text of a regular expression for one character. */
export type Part =
  | { kind: 'one' | 'many'; source: string }
  /** nothing, or whole folders: text that ends with a slash */
  | { kind: 'folders' };

/** A regular expression tries all ways one after the other: with more pieces that may be of any length these become too many. */
const QUICK_LOOPS = 2;

/** Does all of a path match? Throws SyntaxError for a `source` that is none. */
export function globMatcher(parts: readonly Part[]): (path: string) => boolean {
  const loops = parts.filter(({ kind }) => kind !== 'one').length;
  return loops > QUICK_LOOPS ? allWays(parts) : oneByOne(parts);
}

function oneByOne(parts: readonly Part[]): (path: string) => boolean {
  const expression = new RegExp(`^${parts.map(textOf).join('')}$`, 'su');
  return (path) => expression.test(path);
}

function textOf(part: Part): string {
  if (part.kind === 'folders') return '(?:.*/)?';
  return part.kind === 'many' ? `${part.source}*` : part.source;
}

/** What to do at a place of the pattern: take a character and go on, take one and stay, or choose between the next place and the third. */
interface Place {
  kind: 'one' | 'many' | 'choice';
  takes: RegExp;
}

/** Follows all ways at once: as many steps as the path has characters, each through the pattern's places at most. */
function allWays(parts: readonly Part[]): (path: string) => boolean {
  const places = parts.flatMap(placesOf);
  return (path) => {
    let here = reach(places, [0]);
    for (const char of path) {
      const next: number[] = [];
      for (const at of here) {
        const place = places[at];
        if (place === undefined || place.kind === 'choice' || !place.takes.test(char)) continue;
        next.push(place.kind === 'many' ? at : at + 1);
      }
      if (next.length === 0) return false;
      here = reach(places, next);
    }
    return here.has(places.length);
  };
}

function placesOf(part: Part): Place[] {
  if (part.kind !== 'folders') return [{ kind: part.kind, takes: new RegExp(`^${part.source}$`, 'su') }];
  return [
    { kind: 'choice', takes: /^$/ },
    { kind: 'many', takes: /^.$/su },
    { kind: 'one', takes: /^\/$/ },
  ];
}

/** The places, and those that are reached from them without a character. */
function reach(places: readonly Place[], from: readonly number[]): Set<number> {
  const reached = new Set<number>();
  const left = [...from];
  for (let at = left.pop(); at !== undefined; at = left.pop()) {
    if (reached.has(at)) continue;
    reached.add(at);
    const kind = places[at]?.kind;
    if (kind === 'many' || kind === 'choice') left.push(at + 1);
    if (kind === 'choice') left.push(at + 3);
  }
  return reached;
}
