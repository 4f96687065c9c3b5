/** Editing one line of text. Pure. */
import type { Input } from '../input/parse-keys.ts';
import type { LineEdit } from '../state/types.ts';

/** The line after an input; undefined when the input is not for the line. */
export function editLine({ text, at }: LineEdit, input: Input): LineEdit | undefined {
  if (input.kind === 'paste') return insert(text, at, input.text.replace(/[\x00-\x1f\x7f]+/g, ' '));
  if (input.kind !== 'key') return undefined;
  const edit = EDITS[input.key];
  if (edit !== undefined) return edit(text, at);
  return input.text === '' ? undefined : insert(text, at, input.text);
}

const insert = (text: string, at: number, added: string): LineEdit => ({
  text: text.slice(0, at) + added + text.slice(at),
  at: at + added.length,
});

/** Index of the character before or after `at`. */
const before = (text: string, at: number): number => at - ([...text.slice(0, at)].at(-1)?.length ?? 0);
const after = (text: string, at: number): number => at + ([...text.slice(at, at + 2)][0]?.length ?? 0);
const wordBefore = (text: string, at: number): number => text.slice(0, at).search(/\S+\s*$/) as number;

function cutRange(text: string, from: number, to: number): LineEdit {
  return { text: text.slice(0, from) + text.slice(to), at: from };
}

const EDITS: Readonly<Record<string, (text: string, at: number) => LineEdit>> = {
  left: (text, at) => ({ text, at: before(text, at) }),
  right: (text, at) => ({ text, at: after(text, at) }),
  home: (text) => ({ text, at: 0 }),
  end: (text) => ({ text, at: text.length }),
  'ctrl+a': (text) => ({ text, at: 0 }),
  'ctrl+e': (text) => ({ text, at: text.length }),
  'ctrl+b': (text, at) => ({ text, at: before(text, at) }),
  'ctrl+f': (text, at) => ({ text, at: after(text, at) }),
  backspace: (text, at) => cutRange(text, before(text, at), at),
  'ctrl+h': (text, at) => cutRange(text, before(text, at), at),
  delete: (text, at) => cutRange(text, at, after(text, at)),
  'ctrl+d': (text, at) => cutRange(text, at, after(text, at)),
  'ctrl+u': (text, at) => cutRange(text, 0, at),
  'ctrl+k': (text, at) => cutRange(text, at, text.length),
  'ctrl+w': (text, at) => cutRange(text, Math.max(0, wordBefore(text, at)), at),
};
