/** Variable expansion, quote removal and word splitting of Dockerfile arguments (Docker's builder reference, "Environment replacement"). */
import { patternToRegExp, shortestSuffix } from './substitute.ts';

export interface WordContext {
  /** Value of a variable; undefined = unset. */
  get(name: string): string | undefined;
  /** the Dockerfile's escape character */
  escape: string;
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
  private readonly chars: string[];
  private readonly context: WordContext;
  private position = 0;
  private words: string[] = [];
  private word: string | undefined;

  constructor(text: string, context: WordContext) {
    this.chars = [...text];
    this.context = context;
  }

  run(): { text: string; words: string[] } {
    const text = this.until(undefined);
    this.endWord();
    return { text, words: this.words };
  }

  /** Reads up to `stop` (a brace that closes a substitution) or the end. */
  private until(stop: string | undefined, isRaw = false): string {
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
      result += this.step(char, isRaw || stop !== undefined);
    }
  }

  /** One quoted part, substitution, escape or plain character. Inside braces nothing goes to the word list: the value does, later. */
  private step(char: string, isInner: boolean): string {
    const add = isInner ? () => {} : this.addRaw;
    if (char === "'" || char === '"') {
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
    if (char !== this.context.escape) {
      if (!isInner) this.addSplit(char);
      return char;
    }
    const protectedChar = this.chars[this.position] ?? ''; // an escape at the very end is dropped
    this.position += 1;
    if (protectedChar !== '') add(protectedChar);
    return protectedChar;
  }

  private readonly addRaw = (text: string): void => {
    this.word = (this.word ?? '') + text;
  };

  private addSplit(text: string): void {
    for (const char of text) {
      if (/\s/u.test(char)) this.endWord();
      else this.addRaw(char);
    }
  }

  private endWord(): void {
    if (this.word !== undefined) this.words.push(this.word);
    this.word = undefined;
  }

  private singleQuoted(): string {
    const end = this.chars.indexOf("'", this.position + 1);
    if (end < 0)
      throw new ExpansionError('unexpected end of statement while looking for matching single-quote');
    const text = this.chars.slice(this.position + 1, end).join('');
    this.position = end + 1;
    return text;
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
      if (char === '"') return text;
      const next = this.chars[this.position];
      const isEscape = char === escapeChar && (next === '"' || next === '$' || next === escapeChar);
      text += isEscape ? next : char;
      if (isEscape) this.position += 1;
    }
  }

  private substitution(): string {
    this.position += 1;
    if (this.chars[this.position] !== '{') {
      const name = this.name();
      return name === '' ? '$' : (this.context.get(name) ?? '');
    }
    this.position += 1;
    const name = this.name();
    if (name === '') throw new ExpansionError('syntax error: bad substitution');
    const operator = this.chars[this.position++];
    if (operator === undefined) throw new ExpansionError("syntax error: missing '}'");
    return operator === '}' ? (this.context.get(name) ?? '') : this.modified(name, operator);
  }

  private modified(name: string, operator: string): string {
    const countsEmptyAsUnset = operator === ':';
    const action = countsEmptyAsUnset ? this.chars[this.position++] : operator;
    const value = this.context.get(name);
    const isSet = value !== undefined && !(countsEmptyAsUnset && value === '');
    switch (action) {
      case '-': {
        const word = this.until('}');
        return isSet ? value : word;
      }
      case '+': {
        const word = this.until('}');
        return isSet ? word : '';
      }
      case '?': {
        const why = countsEmptyAsUnset ? 'is not allowed to be empty' : 'is not allowed to be unset';
        const message = this.until('}') || why;
        if (!isSet) throw new ExpansionError(`${name}: ${message}`);
        return value;
      }
      default:
        if (countsEmptyAsUnset || action === undefined || !'#%/'.includes(action)) {
          throw new ExpansionError(
            `unsupported modifier (${operator}${countsEmptyAsUnset ? (action ?? '') : ''}) in substitution`,
          );
        }
        return this.patterned(value ?? '', action);
    }
  }

  /** `${x#p}` `${x##p}` `${x%p}` `${x%%p}` `${x/p/r}` `${x//p/r}` */
  private patterned(value: string, action: string): string {
    const isDoubled = this.chars[this.position] === action;
    if (isDoubled) this.position += 1;
    if (action === '/') {
      const pattern = this.rawUntil('/');
      const replacement = this.until('}');
      return value.replace(
        new RegExp(patternToRegExp(pattern, true), isDoubled ? 'gsu' : 'su'),
        () => replacement,
      );
    }
    const pattern = this.rawUntil('}');
    if (action === '#') return value.replace(new RegExp(`^${patternToRegExp(pattern, isDoubled)}`, 'su'), '');
    return isDoubled
      ? value.replace(new RegExp(`${patternToRegExp(pattern, true)}$`, 'su'), '')
      : shortestSuffix(value, pattern);
  }

  /** A pattern: variables expanded, but its escapes kept, for they protect `*` and `?`. */
  private rawUntil(stop: string): string {
    let result = '';
    for (;;) {
      const char = this.chars[this.position];
      if (char === undefined)
        throw new ExpansionError(`unexpected end of statement while looking for matching ${stop}`);
      if (char === stop) {
        this.position += 1;
        return result;
      }
      if (char === this.context.escape) {
        result += `\\${this.chars[this.position + 1] ?? ''}`;
        this.position += 2;
      } else result += this.step(char, true);
    }
  }

  private name(): string {
    const start = this.position;
    const first = this.chars[start] ?? '';
    if (SPECIAL.test(first)) {
      this.position += 1;
      return first;
    }
    const allowed = /^\d$/.test(first) ? /^\d$/ : /^[\p{L}\p{Nd}_]$/u;
    while (allowed.test(this.chars[this.position] ?? '')) this.position += 1;
    return this.chars.slice(start, this.position).join('');
  }
}
