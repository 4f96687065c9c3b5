/** .dockerignore: reading the file and matching paths (Docker's rules: Go's filepath.Match plus `**` and `!`). */
import { posix } from 'node:path';
import { EngineError } from '../errors.ts';
import { trimmedOf } from './dockerfile/space.ts';
import { globMatcher, type Part } from './glob.ts';
import { checkPattern } from './ignore-syntax.ts';

/** Patterns of an ignore file's text: comments and empty lines dropped, paths cleaned and made relative. */
export function readIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\uFEFF/, '').split('\n')) {
    if (line.startsWith('#')) continue;
    const trimmed = trimmedOf(line);
    if (trimmed === '') continue;
    const isException = trimmed.startsWith('!');
    const body = isException ? trimmedOf(trimmed.slice(1)) : trimmed;
    const clean = body === '' ? '' : cleanPath(body);
    patterns.push((isException ? '!' : '') + (clean.length > 1 ? clean.replace(/^\//, '') : clean));
  }
  return patterns;
}

export interface IgnoreMatcher {
  count: number;
  hasExceptions: boolean;
  /**
   * Is the relative path left out? The last pattern that matches it or one of its parents decides.
   * Throws INVALID_ARGUMENT: a pattern that is asked has a class that can't be read.
   */
  isIgnored(path: string): boolean;
}

/** Throws INVALID_ARGUMENT: 'syntax error in pattern', or 'illegal exclusion pattern: "!"'. */
export function compileIgnore(patterns: readonly string[]): IgnoreMatcher {
  const rules = patterns
    .map(trimmedOf)
    .filter((pattern) => pattern !== '')
    .map(compileRule);
  return {
    count: rules.length,
    hasExceptions: rules.some(({ isException }) => isException),
    isIgnored(path) {
      if (rules.length === 0) return false;
      const clean = cleanPath(path);
      if (clean === '.') return false;
      const candidates = [clean, ...foldersAbove(clean)];
      let isIgnored = false;
      for (const { isException, matcher } of rules) {
        if (isIgnored !== isException) continue; // this rule could change nothing
        if (candidates.some(matcher())) isIgnored = !isException;
      }
      return isIgnored;
    },
  };
}

/** Go's filepath.Clean for slash paths. */
function cleanPath(path: string): string {
  const clean = posix.normalize(path);
  return clean.length > 1 ? clean.replace(/\/$/, '') : clean;
}

interface Rule {
  isException: boolean;
  /** compiled when it is first asked, as moby/patternmatcher does: 'x/[z-a]' is no error before */
  matcher(): (path: string) => boolean;
}

function compileRule(pattern: string): Rule {
  const clean = cleanPath(pattern);
  const isException = clean.startsWith('!');
  if (clean === '!') throw new EngineError('INVALID_ARGUMENT', 'illegal exclusion pattern: "!"');
  const body = isException ? clean.slice(1) : clean;
  withSyntax(pattern, () => checkPattern(body));
  let matcher: ((path: string) => boolean) | undefined;
  return {
    isException,
    matcher: () => {
      matcher ??= withSyntax(pattern, () => globMatcher(partsOf(body)));
      return matcher;
    },
  };
}

function withSyntax<T>(pattern: string, read: () => T): T {
  try {
    return read();
  } catch (cause) {
    throw new EngineError('INVALID_ARGUMENT', 'syntax error in pattern', {
      cause,
      hint: `mend the pattern ${pattern}`,
    });
  }
}

/** 'a', 'a/b' of 'a/b/c'. */
function foldersAbove(path: string): string[] {
  const folder = posix.dirname(path);
  const parts = folder === '.' ? [] : folder.split('/');
  return parts.map((_, index) => parts.slice(0, index + 1).join('/'));
}

const SPECIAL = /[\\^$.+()|{}*?[\]/]/;

/** `**.log` and `**` + `/x`: what ends so, however deep; a `**` before anything else stands for whole folders. */
const SUFFIX = /^\*\*([^*?[\]\\]+)$/s;

const ANYTHING: Part = { kind: 'many', source: '.' };

function partsOf(pattern: string): Part[] {
  const suffix = SUFFIX.exec(pattern)?.[1];
  if (suffix !== undefined && !suffix.startsWith('/')) return [ANYTHING, ...[...suffix].map(literal)];
  const chars = [...pattern];
  const parts: Part[] = [];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i]!;
    if (char === '*' && chars[i + 1] === '*') {
      i += chars[i + 2] === '/' ? 2 : 1; // `**/` counts as `**`
      parts.push(i + 1 >= chars.length ? ANYTHING : { kind: 'folders' });
    } else if (char === '*') parts.push({ kind: 'many', source: '[^/]' });
    else if (char === '?') parts.push({ kind: 'one', source: '[^/]' });
    else if (char === '[') {
      const { expression, end } = readClass(chars, i);
      parts.push({ kind: 'one', source: expression });
      i = end;
    } else if (char === '\\') {
      i += 1;
      parts.push(literal(chars[i] ?? char)); // at the end it stands for itself
    } else parts.push(literal(char));
  }
  return parts;
}

const literal = (char: string): Part => ({
  kind: 'one',
  source: SPECIAL.test(char) ? `\\${char}` : char,
});

/** `[a-z]`, `[^a]`: `-` stands for itself where it makes no range, `]` at the beginning; what is negated takes a slash, too. */
function readClass(chars: string[], start: number): { expression: string; end: number } {
  let i = start + 1;
  let expression = '[';
  if (chars[i] === '^') {
    expression += '^';
    i += 1;
  }
  const first = i;
  while (i === first || chars[i] !== ']') {
    const low = readClassChar(chars, i);
    let high = low;
    if (chars[low.next] === '-' && chars[low.next + 1] !== ']') high = readClassChar(chars, low.next + 1);
    expression += `${inClass(low.char)}-${inClass(high.char)}`;
    i = high.next;
  }
  return { expression: `${expression}]`, end: i };
}

function readClassChar(chars: string[], index: number): { char: string; next: number } {
  const at = chars[index] === '\\' ? index + 1 : index;
  const char = chars[at];
  if (char === undefined) throw new SyntaxError('bad character class');
  return { char, next: at + 1 };
}

const inClass = (char: string) => (/[\\\]^-]/.test(char) ? `\\${char}` : char);
