/** Turns the bytes of a terminal into keys, mouse events and pastes. Sequences may be split over reads. */
import { StringDecoder } from 'node:string_decoder';

/** `key` is canonical: 'j', 'G', 'ctrl+p', 'shift+tab', 'up', 'f5', 'enter', 'esc', 'space'. `text` is what it types, '' for none. */
export interface KeyInput {
  kind: 'key';
  key: string;
  text: string;
}

/** x and y are cells from 0. */
export interface MouseInput {
  kind: 'mouse';
  action: 'press' | 'release' | 'drag' | 'wheel-up' | 'wheel-down';
  button: number;
  x: number;
  y: number;
}

export interface PasteInput {
  kind: 'paste';
  text: string;
}

export type Input = KeyInput | MouseInput | PasteInput;

export interface KeyParser {
  /** The inputs that are complete with these bytes. */
  feed(bytes: Uint8Array): Input[];
  /** True while the bytes so far could be the beginning of a sequence: call `flush` after ESCAPE_WAIT_MS. */
  isWaiting(): boolean;
  /** Takes what is waiting as it is: a lone ESC is the Escape key. */
  flush(): Input[];
}

/** A terminal sends a whole sequence at once; over a slow line its parts may be this far apart. */
export const ESCAPE_WAIT_MS = 30;
/** A paste longer than this is cut: nothing here takes so much. */
const MAX_PASTE = 1 << 20;
/** A sequence longer than this is no sequence. */
const MAX_SEQUENCE = 64;

const CSI = /^\x1b\[([<?>=]?)([\d;:]*)([ -/]*)([@-~])/;
const CSI_BEGIN = /^\x1b\[[<?>=]?[\d;:]*[ -/]*$/;
const PASTE_BEGIN = '\x1b[200~';
const PASTE_END = '\x1b[201~';

const LETTERS: Readonly<Record<string, string>> = {
  A: 'up',
  B: 'down',
  C: 'right',
  D: 'left',
  E: 'center',
  F: 'end',
  H: 'home',
  P: 'f1',
  Q: 'f2',
  R: 'f3',
  S: 'f4',
  M: 'enter',
  Z: 'tab',
};
const NUMBERS: Readonly<Record<string, string>> = {
  1: 'home',
  2: 'insert',
  3: 'delete',
  4: 'end',
  5: 'pageup',
  6: 'pagedown',
  7: 'home',
  8: 'end',
  11: 'f1',
  12: 'f2',
  13: 'f3',
  14: 'f4',
  15: 'f5',
  17: 'f6',
  18: 'f7',
  19: 'f8',
  20: 'f9',
  21: 'f10',
  23: 'f11',
  24: 'f12',
};
const CONTROLS: Readonly<Record<number, string>> = {
  0: 'ctrl+space',
  9: 'tab',
  10: 'enter',
  13: 'enter',
  27: 'esc',
  28: 'ctrl+\\',
  29: 'ctrl+]',
  30: 'ctrl+^',
  31: 'ctrl+_',
  127: 'backspace',
};

export function createKeyParser(): KeyParser {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let paste: string | undefined;

  function drain(isFinal: boolean): Input[] {
    const inputs: Input[] = [];
    while (rest !== '') {
      if (paste !== undefined) {
        if (!takePaste(inputs)) break;
        continue;
      }
      if (rest.startsWith(PASTE_BEGIN)) {
        rest = rest.slice(PASTE_BEGIN.length);
        paste = '';
        continue;
      }
      const taken = takeOne(rest, isFinal);
      if (taken === undefined) break;
      rest = rest.slice(taken.length);
      if (taken.input !== undefined) inputs.push(taken.input);
    }
    return inputs;
  }

  /** False when the end has not come yet. */
  function takePaste(inputs: Input[]): boolean {
    const end = rest.indexOf(PASTE_END);
    const kept = end >= 0 ? end : Math.max(0, rest.length - PASTE_END.length + 1);
    paste = (paste! + rest.slice(0, kept)).slice(0, MAX_PASTE);
    rest = rest.slice(end >= 0 ? end + PASTE_END.length : kept);
    if (end < 0) return false;
    inputs.push({ kind: 'paste', text: paste });
    paste = undefined;
    return true;
  }

  return {
    feed(bytes) {
      rest += decoder.write(Buffer.from(bytes));
      return drain(false);
    },
    isWaiting: () => rest !== '' && paste === undefined,
    flush: () => drain(true),
  };
}

interface Taken {
  length: number;
  input?: Input;
}

/** The first input of `text`; undefined when more bytes are needed. */
function takeOne(text: string, isFinal: boolean): Taken | undefined {
  if (text[0] !== '\x1b') return takeCharacter(text);
  if (text.length === 1) return isFinal ? { length: 1, input: named('esc') } : undefined;
  if (text[1] === '[') return takeCsi(text, isFinal);
  if (text[1] === 'O') {
    if (text.length === 2) return isFinal ? { length: 1, input: named('esc') } : undefined;
    const name = LETTERS[text[2]!];
    return { length: 3, input: name === undefined ? undefined : named(name) };
  }
  // Nothing is bound to Alt: Escape and the next key, typed so fast that they come in one read, stay two keys.
  return { length: 1, input: named('esc') };
}

function takeCsi(text: string, isFinal: boolean): Taken | undefined {
  const found = CSI.exec(text);
  if (found === null) {
    if (CSI_BEGIN.test(text) && text.length < MAX_SEQUENCE && !isFinal) return undefined;
    return { length: 1, input: named('esc') };
  }
  const [whole, prefix, parameters, , final] = found as unknown as [string, string, string, string, string];
  if (prefix === '<' && (final === 'M' || final === 'm'))
    return { length: whole.length, input: mouseOf(parameters, final) };
  if (prefix !== '') return { length: whole.length };
  const [first = '', modifier = '1'] = parameters.split(';');
  const base = final === '~' ? NUMBERS[first] : LETTERS[final];
  if (base === undefined) return { length: whole.length };
  return { length: whole.length, input: named(modifiersOf(final === 'Z' ? 2 : Number(modifier)) + base) };
}

/** xterm's modifier parameter: 1 + shift 1 + alt 2 + ctrl 4. */
function modifiersOf(parameter: number): string {
  const bits = Number.isFinite(parameter) ? parameter - 1 : 0;
  return (bits & 4 ? 'ctrl+' : '') + (bits & 2 ? 'alt+' : '') + (bits & 1 ? 'shift+' : '');
}

function takeCharacter(text: string): Taken {
  const codePoint = text.codePointAt(0)!;
  const character = String.fromCodePoint(codePoint);
  const length = character.length;
  const control = CONTROLS[codePoint];
  if (control !== undefined) return { length, input: named(control) };
  if (codePoint < 32) return { length, input: named(`ctrl+${String.fromCharCode(codePoint + 96)}`) };
  const key = character === ' ' ? 'space' : character;
  return { length, input: { kind: 'key', key, text: character } };
}

const named = (key: string): KeyInput => ({ kind: 'key', key, text: '' });

function mouseOf(parameters: string, final: string): MouseInput | undefined {
  const [code, column, row] = parameters.split(';').map(Number);
  if (code === undefined || column === undefined || row === undefined) return undefined;
  const at = { kind: 'mouse' as const, button: code & 3, x: column - 1, y: row - 1 };
  if (code & 64) return { ...at, action: (code & 1) === 0 ? 'wheel-up' : 'wheel-down' };
  if (code & 32) return { ...at, action: 'drag' };
  return { ...at, action: final === 'M' ? 'press' : 'release' };
}
