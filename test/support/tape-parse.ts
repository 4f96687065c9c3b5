/** Reads tapes, the scripts of charmbracelet/vhs (grammar: its parser/parser.go). Accepts nothing that vhs refuses. */
import type { Modifiers } from './screen-keys.ts';

export type TapeAction =
  | { kind: 'output' | 'screenshot' | 'source' | 'require' | 'copy'; text: string }
  | { kind: 'set' | 'env'; name: string; text: string }
  | { kind: 'type'; text: string; delayMs?: number }
  | { kind: 'key'; key: string; modifiers: Modifiers; count: number; delayMs?: number }
  | { kind: 'sleep'; ms: number }
  | { kind: 'wait'; scope: 'Line' | 'Screen'; pattern?: RegExp; timeoutMs?: number }
  | { kind: 'hide' | 'show' | 'paste' };

export type TapeCommand = TapeAction & { line: number };

/** A tape that cannot be read or played; the message begins with file:line. */
export class TapeError extends Error {
  override readonly name = 'TapeError';
}

const SETTINGS =
  'Shell FontFamily FontSize LetterSpacing LineHeight Framerate TypingSpeed Theme PlaybackSpeed Height Width Padding ' +
  'LoopOffset MarginFill Margin WindowBar WindowBarSize BorderRadius CursorBlink WaitTimeout WaitPattern';
const KEYS =
  'Space Backspace Delete Insert Enter Escape Tab Down Left Right Up PageUp PageDown ScrollUp ScrollDown';
const CTRL_KEYS = 'Enter Space Backspace Left Right Up Down';
const NUMERIC_SETTING =
  /^(FontSize|LetterSpacing|LineHeight|Framerate|PlaybackSpeed|Height|Width|Padding|Margin|WindowBarSize|BorderRadius)$/;

const isIn = (list: string, word: string) => list.split(' ').includes(word);

export function parseTape(source: string, file = 'tape'): TapeCommand[] {
  return source.split('\n').flatMap((text, index) => {
    const line = index + 1;
    const reader = createReader(text, (problem) => new TapeError(`${file}:${line}: ${problem}`));
    const commands: TapeCommand[] = [];
    while (!reader.isAtEnd()) commands.push({ ...parseCommand(reader), line });
    return commands;
  });
}

interface Reader {
  isAtEnd(): boolean;
  /** The match at this place, blanks before it skipped unless told; undefined when there is none. */
  take(pattern: RegExp, skipBlanks?: boolean): string | undefined;
  fail(problem: string): never;
}

function createReader(text: string, errorOf: (problem: string) => TapeError): Reader {
  let at = 0;
  const skip = () => {
    at += /^[ \t\r]*/.exec(text.slice(at))![0].length;
  };
  return {
    isAtEnd() {
      skip();
      return at >= text.length || text[at] === '#';
    },
    take(pattern, skipBlanks = true) {
      if (skipBlanks) skip();
      const match = new RegExp(`^(?:${pattern.source})`, pattern.flags).exec(text.slice(at))?.[0];
      at += match?.length ?? 0;
      return match;
    },
    fail(problem) {
      throw errorOf(problem);
    },
  };
}

const WORD = /[A-Za-z]+/;

function parseCommand(reader: Reader): TapeAction {
  const name = reader.take(WORD) ?? reader.fail(`Invalid command: ${reader.take(/\S+/)}`);
  if (isIn(KEYS, name)) return parseKey(reader, name);
  switch (name) {
    case 'Ctrl':
    case 'Alt':
    case 'Shift':
      return parseChord(reader, name);
    case 'Set':
      return parseSet(reader);
    case 'Env':
      return {
        kind: 'env',
        name: string(reader, 'Env expects a name'),
        text: string(reader, 'Env expects string'),
      };
    case 'Type': {
      const delayMs = speed(reader);
      return { kind: 'type', text: strings(reader, name), ...(delayMs === undefined ? {} : { delayMs }) };
    }
    case 'Copy':
      return { kind: 'copy', text: strings(reader, name) };
    case 'Sleep':
      return { kind: 'sleep', ms: time(reader, name) };
    case 'Wait':
      return parseWait(reader);
    case 'Output':
    case 'Screenshot':
    case 'Source':
    case 'Require':
      return parsePath(reader, name);
    case 'Hide':
    case 'Show':
    case 'Paste':
      return { kind: name.toLowerCase() as 'hide' };
    default:
      return reader.fail(`Invalid command: ${name}`);
  }
}

function parsePath(reader: Reader, name: 'Output' | 'Screenshot' | 'Source' | 'Require'): TapeAction {
  const text = string(reader, `${name} expects ${name === 'Require' ? 'one string' : 'a path'}`);
  if (name === 'Screenshot' && !text.endsWith('.png')) reader.fail('Expected file with .png extension');
  if (name === 'Source' && !text.endsWith('.tape')) reader.fail('Expected file with .tape extension');
  if (name === 'Output' && !/\.[a-z]+$|\/$/.test(text)) reader.fail('Expected folder with trailing slash');
  return { kind: name.toLowerCase() as 'output', text };
}

function parseKey(reader: Reader, key: string): TapeAction {
  const delayMs = speed(reader);
  const count = Number(reader.take(/\d+(?![\d.]|ms|s)/) ?? 1);
  return { kind: 'key', key, modifiers: {}, count, ...(delayMs === undefined ? {} : { delayMs }) };
}

/** `Ctrl[+Alt][+Shift]+key`; Alt and Shift take one key and nothing else. */
function parseChord(reader: Reader, first: 'Ctrl' | 'Alt' | 'Shift'): TapeAction {
  const modifiers: Modifiers = { [first.toLowerCase()]: true };
  while (first === 'Ctrl') {
    const more = reader.take(/\+(?:Alt|Shift)(?=\+)/, false);
    if (more === undefined) break;
    modifiers[more.slice(1).toLowerCase() as 'alt'] = true;
  }
  if (reader.take(/\+/, false) === undefined)
    reader.fail(`Expected ${first.toLowerCase()} character, got ${first}`);
  const key = reader.take(/[A-Za-z]+|\S/, false) ?? '';
  const isKnown = key.length === 1 || isIn(first === 'Ctrl' ? CTRL_KEYS : 'Enter Tab', key);
  if (!isKnown) reader.fail(`Invalid ${first.toLowerCase()} argument: ${key}`);
  return { kind: 'key', key, modifiers, count: 1 };
}

function parseSet(reader: Reader): TapeAction {
  const name = reader.take(WORD) ?? '';
  if (!isIn(SETTINGS, name)) reader.fail(`Unknown setting: ${name}`);
  if (name === 'TypingSpeed' || name === 'WaitTimeout')
    return { kind: 'set', name, text: String(time(reader, name)) };
  if (name === 'WaitPattern')
    return { kind: 'set', name, text: regex(reader)?.source ?? reader.fail('Set WaitPattern expects /…/') };
  if (name === 'Theme') {
    const json = reader.take(/\{.*\}/);
    if (json !== undefined) return { kind: 'set', name, text: json };
  }
  const text = string(reader, `Set ${name} expects a value`);
  if (NUMERIC_SETTING.test(name) && !(Number(text) >= 0))
    reader.fail(`Set ${name} expects a number, got ${text}`);
  return { kind: 'set', name, text };
}

function parseWait(reader: Reader): TapeAction {
  let scope = 'Line';
  if (reader.take(/\+/, false) !== undefined) {
    scope = reader.take(WORD, false) ?? '';
    if (scope !== 'Line' && scope !== 'Screen') reader.fail('Wait+ expects Line or Screen');
  }
  const timeoutMs = speed(reader);
  if (timeoutMs === 0) reader.fail('Wait expects positive duration');
  const pattern = regex(reader);
  return {
    kind: 'wait',
    scope: scope as 'Line',
    ...(timeoutMs === undefined ? {} : { timeoutMs }),
    ...(pattern === undefined ? {} : { pattern }),
  };
}

/** Go's syntax without escaped slashes: ^ and $ are the ends of all the text, (?m:^…$) those of a line. */
function regex(reader: Reader): RegExp | undefined {
  const text = reader.take(/\/[^/]*\//);
  if (text === undefined) return undefined;
  try {
    return new RegExp(text.slice(1, -1));
  } catch (error) {
    return reader.fail(`Invalid regular expression '${text.slice(1, -1)}': ${(error as Error).message}`);
  }
}

/** Quoted with ", ' or `, or one bare word. */
const STRING = /"[^"]*"|'[^']*'|`[^`]*`|[^\s"'`#][^\s]*/;

const unquote = (text: string) => (/^["'`]/.test(text) ? text.slice(1, -1) : text);

function string(reader: Reader, problem: string): string {
  return unquote(reader.take(STRING) ?? reader.fail(problem));
}

/** Several strings are one, with blanks between. */
function strings(reader: Reader, name: string): string {
  const parts = [string(reader, `${name} expects string`)];
  for (;;) {
    const next = reader.take(/"[^"]*"|'[^']*'|`[^`]*`/);
    if (next === undefined) return parts.join(' ');
    parts.push(unquote(next));
  }
}

function speed(reader: Reader): number | undefined {
  return reader.take(/@/, false) === undefined ? undefined : time(reader, '@');
}

const UNIT_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000 };

/** Seconds unless a unit is given. */
function time(reader: Reader, name: string): number {
  const text = reader.take(/\d*\.?\d+(?:ms|s|m)?(?![A-Za-z])/) ?? reader.fail(`Expected time after ${name}`);
  const unit = /[a-z]+$/.exec(text)?.[0] ?? 's';
  return Number.parseFloat(text) * UNIT_MS[unit]!;
}
