/** Go's path.Match on image names, as `images --filter reference=` uses it. Pure. */
import { EngineError } from '../errors.ts';
import { familiarName, familiarString, type Reference } from './reference.ts';

const PATTERN_LIMIT = 1024;

/** Does the pattern match the familiar text, or the familiar name without tag? Throws INVALID_ARGUMENT 'syntax error in pattern'. */
export function familiarMatch(pattern: string, reference: Reference): boolean {
  const expression = compile(pattern);
  return expression.test(familiarString(reference)) || expression.test(familiarName(reference));
}

const bad = () => new EngineError('INVALID_ARGUMENT', 'syntax error in pattern');

const quoted = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/-]/, '\\$&');

/** '*' and '?' stop at '/'; '[a-z]', '[^a]' are classes; '\' quotes. */
function compile(pattern: string): RegExp {
  if (pattern.length > PATTERN_LIMIT) throw bad();
  let source = '';
  for (let i = 0; i < pattern.length; i++) {
    const char = pattern[i]!;
    if (char === '*') {
      while (pattern[i + 1] === '*') i += 1; // further stars add nothing, and would make the match slow
      source += '[^/]*';
    } else if (char === '?') source += '[^/]';
    else if (char === '[') {
      const end = classEnd(pattern, i);
      source += classSource(pattern.slice(i + 1, end));
      i = end;
    } else if (char === '\\') {
      i += 1;
      if (i >= pattern.length) throw bad();
      source += quoted(pattern[i]!);
    } else source += quoted(char);
  }
  return new RegExp(`^${source}$`, 's');
}

function classEnd(pattern: string, start: number): number {
  for (let i = start + 1; i < pattern.length; i++) {
    if (pattern[i] === '\\') i += 1;
    else if (pattern[i] === ']') return i;
  }
  throw bad();
}

function classSource(body: string): string {
  const isNegated = body.startsWith('^');
  const items = [
    ...(isNegated ? body.slice(1) : body).matchAll(/(?:\\(.)|([^\\-]))(?:-(?:\\(.)|([^\\-])))?|(.)/gs),
  ];
  if (items.length === 0 || items.some((item) => item[5] !== undefined)) throw bad();
  const hex = (char: string) =>
    `\\u{${char.codePointAt(0)!.toString(16)}}`.replace(
      /^\\u\{(.+)\}$/,
      (_, digits: string) => `\\u${digits.padStart(4, '0')}`,
    );
  const ranges = items.map((item) => {
    const from = item[1] ?? item[2]!;
    const to = item[3] ?? item[4] ?? from;
    return from > to ? '' : `${hex(from)}-${hex(to)}`;
  });
  return `[${isNegated ? '^' : ''}${ranges.join('')}]`;
}
