/** Shell patterns of `${x#p}`, `${x%p}` and `${x/p/r}`: `*` any text in a line, `?` one character, a backslash protects (buildkit, shell). */

/** A pattern read: its characters in order, 'any' for `*`, 'one' for `?`. */
type Pattern = ({ char: string } | 'any' | 'one')[];

/** A pattern that protects a character with no need for it. */
export class PatternError extends Error {}

/** Throws PatternError: only `*`, `?`, `\`, `}` and `/` can be protected. */
export function readPattern(text: string): Pattern {
  const pattern: Pattern = [];
  const chars = [...text];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i]!;
    if (char === '*') pattern.push('any');
    else if (char === '?') pattern.push('one');
    else if (char !== '\\') pattern.push({ char });
    else {
      const next = chars[i + 1];
      if (next === '}' || next === '/') continue; // written so only for the braces around the pattern
      if (next !== '*' && next !== '?' && next !== '\\')
        throw new PatternError(`invalid escape '\\${next ?? ''}'`);
      pattern.push({ char: next });
      i += 1;
    }
  }
  return pattern;
}

/** `value` without its start (`#`) or end (`%`), the longest that matches or the shortest. */
export function trimmed(
  value: string,
  pattern: Pattern,
  { atEnd, isLongest }: { atEnd: boolean; isLongest: boolean },
): string {
  const chars = atEnd ? [...value].reverse() : [...value];
  const end = matchEnd(atEnd ? pattern.toReversed() : pattern, chars, { start: 0, isLongest });
  if (end === undefined) return value;
  const rest = chars.slice(end);
  return (atEnd ? rest.reverse() : rest).join('');
}

/** The first match, or all that don't overlap, exchanged; each is the longest one at its place. */
export function replaced(value: string, pattern: Pattern, how: { by: string; isAll: boolean }): string {
  const chars = [...value];
  let result = '';
  let start = 0;
  let lastEnd = -1;
  while (start <= chars.length) {
    const end = matchEnd(pattern, chars, { start, isLongest: true });
    // nothing between a match and the next character is no match of its own
    if (end !== undefined && !(end === start && start === lastEnd)) {
      result += how.by;
      lastEnd = end;
      if (!how.isAll) return result + chars.slice(end).join('');
    }
    if (end !== undefined && end > start) start = end;
    else {
      // a `*` in front has tried all the places of the line
      const lineEnd = pattern[0] === 'any' && end === undefined ? chars.indexOf('\n', start) : start;
      const next = lineEnd < 0 ? chars.length : lineEnd;
      result += chars.slice(start, next + 1).join('');
      start = next + 1;
    }
  }
  return result;
}

/** Where the match that begins at `start` ends. All ways are followed at once, so that no pattern takes long. */
function matchEnd(
  pattern: Pattern,
  chars: readonly string[],
  { start, isLongest }: { start: number; isLongest: boolean },
): number | undefined {
  let found: number | undefined;
  let places = reach(pattern, [0]);
  for (let at = start; places.size > 0; at += 1) {
    if (places.has(pattern.length)) {
      if (!isLongest) return at;
      found = at;
    }
    const char = chars[at];
    if (char === undefined) break;
    const next: number[] = [];
    for (const place of places) {
      const part = pattern[place];
      if (part === 'any' && char !== '\n') next.push(place);
      else if (part === 'one' ? char !== '\n' : typeof part === 'object' && part.char === char)
        next.push(place + 1);
    }
    places = reach(pattern, next);
  }
  return found;
}

/** The places in the pattern, with those behind a `*` that takes nothing. */
function reach(pattern: Pattern, from: readonly number[]): Set<number> {
  const places = new Set<number>();
  for (let place of from) {
    while (!places.has(place)) {
      places.add(place);
      if (pattern[place] !== 'any') break;
      place += 1;
    }
  }
  return places;
}
