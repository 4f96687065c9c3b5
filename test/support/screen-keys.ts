/** Bytes that a terminal (xterm, normal modes) sends for keys, by the names tests and tapes use. */

export interface Modifiers {
  ctrl?: boolean;
  alt?: boolean;
  shift?: boolean;
}

const PLAIN: Readonly<Record<string, string>> = {
  Enter: '\r',
  Tab: '\t',
  Space: ' ',
  Backspace: '\x7f',
  Escape: '\x1b',
};
/** final byte of `CSI final`, with modifiers `CSI 1 ; m final` */
const LETTERED: Readonly<Record<string, string>> = {
  Up: 'A',
  Down: 'B',
  Right: 'C',
  Left: 'D',
  Home: 'H',
  End: 'F',
};
/** number of `CSI number ~` */
const NUMBERED: Readonly<Record<string, number>> = {
  Insert: 2,
  Delete: 3,
  PageUp: 5,
  PageDown: 6,
  F5: 15,
  F6: 17,
  F7: 18,
  F8: 19,
  F9: 20,
  F10: 21,
  F11: 23,
  F12: 24,
};
const FUNCTION_KEYS: Readonly<Record<string, string>> = { F1: 'P', F2: 'Q', F3: 'R', F4: 'S' };
const ALIASES: Readonly<Record<string, string>> = { Esc: 'Escape', Return: 'Enter', BS: 'Backspace' };

/** Undefined when there is no such key. `name` is one character or a name of the tables above. */
export function keyBytes(name: string, modifiers: Modifiers = {}): string | undefined {
  const key = ALIASES[name] ?? name;
  const code = 1 + (modifiers.shift ? 1 : 0) + (modifiers.alt ? 2 : 0) + (modifiers.ctrl ? 4 : 0);
  const letter = LETTERED[key] ?? FUNCTION_KEYS[key];
  if (letter !== undefined) {
    if (code > 1) return `\x1b[1;${code}${letter}`;
    return FUNCTION_KEYS[key] === undefined ? `\x1b[${letter}` : `\x1bO${letter}`;
  }
  const number = NUMBERED[key];
  if (number !== undefined) return code > 1 ? `\x1b[${number};${code}~` : `\x1b[${number}~`;
  if (key === 'Tab' && modifiers.shift) return '\x1b[Z';
  const plain = PLAIN[key] ?? ([...key].length === 1 ? key : undefined);
  if (plain === undefined) return undefined;
  return (
    (modifiers.alt ? '\x1b' : '') + withControl(modifiers.shift ? plain.toUpperCase() : plain, modifiers.ctrl)
  );
}

function withControl(text: string, ctrl = false): string {
  if (!ctrl) return text;
  if (text === '\x7f') return '\b';
  const code = text === ' ' ? 0 : text.toUpperCase().charCodeAt(0) ^ 0x40;
  return code < 0x20 ? String.fromCharCode(code) : text;
}

/** `C-p`, `M-x`, `S-Tab`, `C-M-a`, `Enter`, `j`. Throws on unknown names. */
export function parseKey(text: string): string {
  const [, prefixes = '', name = ''] = /^((?:[CMS]-)*)(.+)$/s.exec(text) ?? [];
  const bytes = keyBytes(name, {
    ctrl: prefixes.includes('C-'),
    alt: prefixes.includes('M-'),
    shift: prefixes.includes('S-'),
  });
  if (bytes === undefined) throw new Error(`no key named '${text}'`);
  return bytes;
}
