/** Go's filepath.Match, as COPY and ADD use it for their sources. Pure. */

import { globMatcher, type Part } from './glob.ts';

/** Does all of a path match? `*`, `?` and `[a-z]` as in a shell, a backslash protects; a pattern with a fault matches nothing. */
export function pathMatcher(pattern: string): (path: string) => boolean {
  const parts = partsOf([...pattern]);
  return parts === undefined ? () => false : globMatcher(parts);
}

function partsOf(chars: readonly string[]): Part[] | undefined {
  const parts: Part[] = [];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i]!;
    if (char === '*') parts.push({ kind: 'many', source: '[^/]' });
    else if (char === '?') parts.push({ kind: 'one', source: '[^/]' });
    else if (char === '[') {
      const group = readClass(chars, i + 1);
      if (group === undefined) return undefined;
      parts.push({ kind: 'one', source: group.expression });
      i = group.end;
    } else {
      if (char === '\\') i += 1;
      if (chars[i] === undefined) return undefined;
      parts.push({ kind: 'one', source: coded(chars[i]!) });
    }
  }
  return parts;
}

/** From behind the bracket; a slash may be in a class. */
function readClass(chars: readonly string[], start: number): { expression: string; end: number } | undefined {
  const isNegated = chars[start] === '^';
  let ranges = '';
  const first = isNegated ? start + 1 : start;
  let i = first;
  while (i === first || chars[i] !== ']') {
    const low = readCharacter(chars, i);
    const isRange = low !== undefined && chars[low.next] === '-';
    const high = isRange ? readCharacter(chars, low.next + 1) : low;
    if (low === undefined || high === undefined) return undefined;
    // one that goes backwards has nothing in it
    if (low.char.codePointAt(0)! <= high.char.codePointAt(0)!)
      ranges += `${coded(low.char)}-${coded(high.char)}`;
    i = high.next;
  }
  return { expression: `[${isNegated ? '^' : ''}${ranges}]`, end: i };
}

/** Neither '-' nor ']' stand for themselves without a backslash. */
function readCharacter(chars: readonly string[], index: number): { char: string; next: number } | undefined {
  const isProtected = chars[index] === '\\';
  const at = isProtected ? index + 1 : index;
  const char = chars[at];
  if (char === undefined || (!isProtected && (char === '-' || char === ']'))) return undefined;
  return { char, next: at + 1 };
}

const coded = (char: string) => `\\u{${char.codePointAt(0)!.toString(16)}}`;
