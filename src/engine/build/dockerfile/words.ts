/** Variable expansion, quote removal and word splitting of Dockerfile arguments (Docker's builder reference, "Environment replacement"). */
import { quoted } from './quoted.ts';
import { isSpace } from './space.ts';
import { PatternError, readPattern, replaced, trimmed } from './substitute.ts';

export interface WordContext {
  /** Value of a variable; undefined = unset. */
  get(name: string): string | undefined;
  /** the Dockerfile's escape character */
  escape: string;
  /** substitutions of variables that are unset stay as they are */
  keepsUnset?: boolean;
  /** quotes and escapes stay, too */
  keepsQuotes?: boolean;
  /** quotes are characters like any other (heredocs of COPY and ADD) */
  ignoresQuotes?: boolean;
}

/** What could not be expanded; the caller adds the instruction and its lines. */
export class ExpansionError extends Error {}

/** Expands one argument to one word: variables replaced, quotes and escapes taken off. Throws ExpansionError. */
export function expandWord(text: string, context: WordContext): string {
  return new Expander(text, context).run().text;
}

/** Expands an argument and splits it where unquoted spaces are, those of variables' values included. Throws ExpansionError. */
export function expandWords(text: string, context: WordContext): string[] {
  return new Expander(text, context).run().words;
}

/** `$1`, `$@` …: the shell's special parameters are never set here. */
const SPECIAL = /^[@*#?\-$!]$/;

class Expander {
  private readonly source: string;
  private readonly chars: string[];
  private readonly context: WordContext;
  private position = 0;
  /** in a pattern escapes stay, for they protect `*` and `?` */
  private isRaw: boolean;
  private words: string[] = [];
  private word = '';

  constructor(text: string, context: WordContext) {
    this.source = text;
    this.chars = [...text.replace(/^\uFEFF/, '')]; // a byte order mark is no part of the text, says Go's scanner
    this.context = context;
    this.isRaw = context.keepsQuotes === true;
  }

  run(): { text: string; words: string[] } {
    try {
      const text = this.until(undefined);
      this.endWord();
      return { text, words: this.words };
    } catch (error) {
      if (!(error instanceof ExpansionError)) throw error;
      throw new ExpansionError(`failed to process ${quoted(this.source)}: ${error.message}`);
    }
  }

  /** Reads up to `stop` (what closes a part of a substitution) or the end. */
  private until(stop: string | undefined): string {
    let result = '';
    for (;;) {
      const char = this.chars[this.position];
      if (char === undefined) {
        if (stop !== undefined)
          throw new ExpansionError(`unexpected end of statement while looking for matching ${stop}`);
        return result;
      }
      if (char === stop) {
        this.position += 1;
        return result;
      }
      result += this.step(char, stop !== undefined);
    }
  }

  /** A part of a substitution up to `stop`. Whatever is wrong at the end of the text, it is `missing` that lacks. */
  private part(stop: string, isRaw: boolean, missing: string): string {
    const outer = this.isRaw;
    this.isRaw = isRaw;
    try {
      return this.until(stop);
    } catch (error) {
      if (this.position < this.chars.length) throw error;
      throw new ExpansionError(`syntax error: missing ${missing}`);
    } finally {
      this.isRaw = outer;
    }
  }

  /** One quoted part, substitution, escape or plain character. Inside braces nothing goes to the word list: the value does, later. */
  private step(char: string, isInner: boolean): string {
    const add = isInner ? () => {} : this.addRaw;
    if ((char === "'" || char === '"') && !this.context.ignoresQuotes) {
      const quoted = char === "'" ? this.singleQuoted() : this.doubleQuoted();
      add(quoted);
      return quoted;
    }
    if (char === '$') {
      const value = this.substitution();
      if (!isInner) this.addSplit(value);
      return value;
    }
    this.position += 1;
    if (char === '<' && this.chars[this.position] === '<') {
      const text = this.heredocStart();
      add(text);
      return text;
    }
    if (char !== this.context.escape) {
      if (!isInner) this.addSplit(char);
      return char;
    }
    const protectedChar = this.chars[this.position] ?? ''; // an escape at the very end is dropped
    this.position += 1;
    const text = (this.isRaw ? char : '') + protectedChar;
    add(text);
    return text;
  }

  /** Spaces behind `<<` don't part it from the heredoc's name. */
  private heredocStart(): string {
    let text = '<<';
    this.position += 1;
    for (; /^[\t\r ]$/.test(this.chars[this.position] ?? ''); this.position += 1)
      text += this.chars[this.position]!;
    return text;
  }

  private readonly addRaw = (text: string): void => {
    this.word += text;
  };

  private addSplit(text: string): void {
    for (const char of text) {
      if (isSpace(char)) this.endWord();
      else this.addRaw(char);
    }
  }

  private endWord(): void {
    if (this.word !== '') this.words.push(this.word); // quotes around nothing are no word
    this.word = '';
  }

  private singleQuoted(): string {
    const end = this.chars.indexOf("'", this.position + 1);
    if (end < 0) {
      this.position = this.chars.length;
      throw new ExpansionError('unexpected end of statement while looking for matching single-quote');
    }
    const text = this.chars.slice(this.position + 1, end).join('');
    this.position = end + 1;
    return this.context.keepsQuotes ? `'${text}'` : text;
  }

  private doubleQuoted(): string {
    const escapeChar = this.context.escape;
    let text = '';
    this.position += 1;
    for (;;) {
      const char = this.chars[this.position];
      if (char === undefined) {
        throw new ExpansionError('unexpected end of statement while looking for matching double-quote');
      }
      if (char === '$') {
        text += this.substitution();
        continue;
      }
      this.position += 1;
      if (char === '"') return this.context.keepsQuotes ? `"${text}"` : text;
      const next = this.chars[this.position];
      const isEscape = char === escapeChar && (next === '"' || next === '$' || next === escapeChar);
      if (this.isRaw && char === escapeChar) text += char;
      text += isEscape ? next : char;
      if (isEscape) this.position += 1;
    }
  }

  private substitution(): string {
    this.position += 1;
    if (this.chars[this.position] !== '{') {
      const name = this.name();
      return name === '' ? '$' : this.valueOf(name, `$${name}`);
    }
    this.position += 1;
    const first = this.chars[this.position];
    if (first === undefined) throw new ExpansionError("syntax error: missing '}'");
    if ('{}:'.includes(first)) throw new ExpansionError('syntax error: bad substitution');
    const name = this.name();
    const operator = this.chars[this.position++];
    if (operator === undefined) throw new ExpansionError("syntax error: missing '}'");
    return operator === '}' ? this.valueOf(name, `\${${name}}`) : this.modified(name, operator);
  }

  private valueOf(name: string, written: string): string {
    return this.context.get(name) ?? (this.context.keepsUnset ? written : '');
  }

  private modified(name: string, operator: string): string {
    const countsEmptyAsUnset = operator === ':';
    const action = countsEmptyAsUnset ? this.chars[this.position++] : operator;
    if (action === undefined) throw new ExpansionError("syntax error: missing '}'");
    const value = this.context.get(name);
    if (!countsEmptyAsUnset && action === '/') return this.exchanged(name, value);
    if (!countsEmptyAsUnset && (action === '#' || action === '%')) return this.cut(name, value, action);
    const isKnown = '-+?'.includes(action);
    const written = operator + (countsEmptyAsUnset ? action : '');
    const unsupported = () => new ExpansionError(`unsupported modifier (${written}) in substitution`);
    if (!isKnown && (!countsEmptyAsUnset || action === '#' || action === '%')) throw unsupported();
    const word = this.part('}', false, "'}'");
    if (value === undefined && this.context.keepsUnset) return `\${${name}${written}${word}}`;
    if (!isKnown) throw unsupported(); // what is wrong in the word comes first
    const isSet = value !== undefined && !(countsEmptyAsUnset && value === '');
    if (action === '-') return isSet ? value : word;
    if (action === '+') return isSet ? word : '';
    if (isSet) return value;
    const why = value === undefined ? 'is not allowed to be unset' : 'is not allowed to be empty';
    throw new ExpansionError(`${name}: ${word || why}`);
  }

  /** `${x#p}` `${x##p}` `${x%p}` `${x%%p}` */
  private cut(name: string, value: string | undefined, action: '#' | '%'): string {
    const word = this.part('}', true, "'}'");
    if (value === undefined && this.context.keepsUnset) return `\${${name}${action}${word}}`;
    const isLongest = word.startsWith(action);
    const pattern = isLongest ? word.slice(1) : word;
    return withPattern(pattern, (read) => trimmed(value ?? '', read, { atEnd: action === '%', isLongest }));
  }

  /** `${x/p/r}` `${x//p/r}` */
  private exchanged(name: string, value: string | undefined): string {
    const isAll = this.chars[this.position] === '/';
    if (isAll) this.position += 1;
    const pattern = this.part('/', true, "'/' in ${}");
    const by = this.part('}', true, "'}'");
    if (value === undefined && this.context.keepsUnset) return `\${${name}/${pattern}/${by}}`;
    return withPattern(pattern, (read) =>
      replaced(value ?? '', read, { by: isAll ? withoutGroups(by) : by, isAll }),
    );
  }

  private name(): string {
    const start = this.position;
    const first = this.chars[start] ?? '';
    if (SPECIAL.test(first)) {
      this.position += 1;
      return first;
    }
    const allowed = /^\p{Nd}$/u.test(first) ? /^\p{Nd}$/u : /^[\p{L}\p{Nd}_]$/u;
    while (allowed.test(this.chars[this.position] ?? '')) this.position += 1;
    return this.chars.slice(start, this.position).join('');
  }
}

function withPattern<T>(text: string, use: (pattern: ReturnType<typeof readPattern>) => T): T {
  try {
    return use(readPattern(text));
  } catch (error) {
    if (!(error instanceof PatternError)) throw error;
    throw new ExpansionError(`invalid pattern (${text}) in substitution: ${error.message}`);
  }
}

/** Where all matches are exchanged Docker takes `$name` for a group of the match; there are none. `$$` is a dollar sign. */
const withoutGroups = (text: string): string =>
  text.replace(/\$(?:(\$)|[\p{L}\p{Nd}_]+|\{[\p{L}\p{Nd}_]+\})/gu, (_, dollar?: string) => dollar ?? '');
