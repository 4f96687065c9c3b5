/** Cuts a Go template (text/template) into tokens. Pure. */

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

export type TokenKind =
  | 'text'
  | 'open'
  | 'close'
  | 'space'
  | 'field'
  | 'variable'
  | 'identifier'
  | 'keyword'
  | 'string'
  | 'char'
  | 'number'
  | 'bool'
  | 'nil'
  | 'dot'
  | '('
  | ')'
  | '|'
  | ':='
  | '='
  | 'other'
  | 'end of text';

export interface Token {
  kind: TokenKind;
  text: string;
  /** offset in the template, in UTF-16 units */
  at: number;
}

const KEYWORDS = new Set([
  'block',
  'break',
  'continue',
  'define',
  'else',
  'end',
  'if',
  'range',
  'template',
  'with',
]);
const SPACE = /[ \t\r\n]+/y;
const WORD = /[\p{L}\p{Nd}_]+/uy;
const NUMBER = /[+-]?(?:0[xX][\da-fA-F_]*|0[bB][01_]*|0[oO][0-7_]*|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?\d*)?)/y;
/** what may follow a name (lexer.atTerminator) */
const TERMINATOR = /[\s.,|:)(]|}}|$/y;
/** numbers and names have to end before these */
const WORD_PART = /[\p{L}\p{Nd}_]/u;

/** An error in Go's words, with the line where it is. */
export function templateError(source: string, at: number, message: string): TemplateError {
  const line = source.slice(0, at).split('\n').length;
  return new TemplateError(`template: :${line}: ${message}`);
}

/** All tokens; actions stand between 'open' and 'close'. Comments are gone, white space around trim marks too. */
export function tokenize(source: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  let trimsStart = false;
  for (;;) {
    const open = source.indexOf('{{', at);
    const text = source.slice(at, open < 0 ? source.length : open);
    const trimsEnd = open >= 0 && /^-[ \t\r\n]/.test(source.slice(open + 2, open + 4));
    const trimmed = trimText(text, trimsStart, trimsEnd);
    if (trimmed !== '') tokens.push({ kind: 'text', text: trimmed, at });
    if (open < 0) break;
    const start = open + (trimsEnd ? 4 : 2);
    const end = source.startsWith('/*', start)
      ? afterComment(source, start)
      : lexAction(source, start, tokens);
    trimsStart = end.trims;
    at = end.at;
  }
  tokens.push({ kind: 'end of text', text: 'EOF', at: source.length });
  return tokens;
}

function trimText(text: string, start: boolean, end: boolean): string {
  const left = start ? text.replace(/^[ \t\r\n]+/, '') : text;
  return end ? left.replace(/[ \t\r\n]+$/, '') : left;
}

interface ActionEnd {
  at: number;
  trims: boolean;
}

/** '}}' or ' -}}' at `at`. */
function closing(source: string, at: number): ActionEnd | undefined {
  if (/^[ \t\r\n]-}}/.test(source.slice(at, at + 4))) return { at: at + 4, trims: true };
  return source.startsWith('}}', at) ? { at: at + 2, trims: false } : undefined;
}

function afterComment(source: string, start: number): ActionEnd {
  const end = source.indexOf('*/', start + 2);
  if (end < 0) throw templateError(source, start, 'unclosed comment');
  const close = closing(source, end + 2);
  if (close === undefined) throw templateError(source, start, 'comment ends before closing delimiter');
  return close;
}

function lexAction(source: string, start: number, tokens: Token[]): ActionEnd {
  tokens.push({ kind: 'open', text: '{{', at: start });
  let depth = 0;
  for (let at = start; ; ) {
    const close = closing(source, at);
    if (close !== undefined) {
      if (depth > 0) throw templateError(source, at, 'unclosed left paren');
      tokens.push({ kind: 'close', text: '}}', at });
      return close;
    }
    if (at >= source.length) throw templateError(source, start, 'unclosed action');
    const token = nextToken(source, at);
    depth += token.kind === '(' ? 1 : token.kind === ')' ? -1 : 0;
    tokens.push(token);
    at += token.text.length;
    // a space before a trim mark belongs to the mark
    if (depth < 0) throw templateError(source, at, 'unexpected ")" in command');
  }
}

function match(pattern: RegExp, source: string, at: number): string | undefined {
  pattern.lastIndex = at;
  return pattern.exec(source)?.[0];
}

function nextToken(source: string, at: number): Token {
  const char = source[at]!;
  const space = match(SPACE, source, at);
  if (space !== undefined) {
    // '  -}}': the mark takes one space, the others are white space
    const marked = /[ \t\r\n]$/.test(space) && source.startsWith('-}}', at + space.length);
    return { kind: 'space', text: marked && space.length > 1 ? space.slice(0, -1) : space, at };
  }
  if (char === '"' || char === "'" || char === '`') return quoted(source, at, char);
  if (char === '(' || char === ')' || char === '|' || char === '=') return { kind: char, text: char, at };
  if (char === ':') {
    if (source[at + 1] !== '=') throw templateError(source, at, 'expected :=');
    return { kind: ':=', text: ':=', at };
  }
  if (/[\d+-]/.test(char) || (char === '.' && /\d/.test(source[at + 1] ?? ''))) return number(source, at);
  const word = match(WORD, source, char === '.' || char === '$' ? at + 1 : at);
  if (char === '.')
    return word === undefined ? ended(source, { kind: 'dot', text: '.', at }) : field(source, at, word);
  if (char === '$') return ended(source, { kind: 'variable', text: `$${word ?? ''}`, at });
  if (word !== undefined) return ended(source, { kind: kindOfWord(word), text: word, at });
  if (/^[\x20-\x7e]$/.test(char)) return { kind: 'other', text: char, at };
  throw templateError(source, at, `unrecognized character in action: ${codeName(source, at)}`);
}

const field = (source: string, at: number, word: string) =>
  ended(source, { kind: 'field', text: `.${word}`, at });

function kindOfWord(word: string): TokenKind {
  if (word === 'true' || word === 'false') return 'bool';
  if (word === 'nil') return 'nil';
  return KEYWORDS.has(word) ? 'keyword' : 'identifier';
}

function ended(source: string, token: Token): Token {
  const after = token.at + token.text.length;
  if (match(TERMINATOR, source, after) === undefined)
    throw templateError(source, after, `bad character ${codeName(source, after)}`);
  return token;
}

/** As Go's %#U: U+007D '}' */
function codeName(source: string, at: number): string {
  const code = source.codePointAt(at)!;
  return `U+${code.toString(16).toUpperCase().padStart(4, '0')} '${String.fromCodePoint(code)}'`;
}

function quoted(source: string, at: number, quote: string): Token {
  const pattern =
    quote === '"' ? /"(?:[^"\\\n]|\\[^\n])*"/y : quote === '`' ? /`[^`]*`/y : /'(?:[^'\\\n]|\\[^\n])*'/y;
  const text = match(pattern, source, at);
  if (text !== undefined) {
    const kind = quote === "'" ? 'char' : 'string';
    return { kind, text, at };
  }
  const what = { '"': 'quoted string', '`': 'raw quoted string', "'": 'character constant' }[quote];
  throw templateError(source, at, `unterminated ${what}`);
}

function number(source: string, at: number): Token {
  const text = match(NUMBER, source, at) ?? '';
  const next = source[at + text.length] ?? '';
  if (WORD_PART.test(next))
    throw templateError(source, at, `bad number syntax: ${JSON.stringify(text + next)}`);
  if (!/\d/.test(text)) throw templateError(source, at, `illegal number syntax: ${JSON.stringify(text)}`);
  return { kind: 'number', text, at };
}
