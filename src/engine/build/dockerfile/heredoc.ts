/** Finds `<<NAME` in a line, as buildkit's parser does. */
import { ExpansionError, expandWords } from './words.ts';

export interface Heredoc {
  name: string;
  fileDescriptor: number;
  /** `<<-`: leading tabs are taken off */
  chomp: boolean;
  /** an unquoted name lets variables in the content be expanded (COPY, ADD) */
  expand: boolean;
  content: string;
}

const HEREDOC = /^(\d*)<<(-?)[\t\n\f\r ]*([^<]*)$/;

/** Heredocs in the order of their contents. `line` is a logical line of an instruction that can have some; contents are still empty. */
export function findHeredocs(line: string): Heredoc[] {
  if (!line.includes('<<')) return [];
  return wordsOf(line, { keepsQuotes: true }).flatMap((word) => parseHeredoc(word) ?? []);
}

/** `word` as one heredoc, undefined when it is none. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  if (match === null) return undefined;
  const written = match[3]!;
  const names = wordsOf(written);
  if (names.length !== 1) return undefined;
  const fileDescriptor = match[1] === '' ? 0 : Number(match[1]);
  const isQuoted = /['"]/.test(written.replaceAll(/\\./gs, ''));
  return { name: names[0]!, fileDescriptor, chomp: match[2] === '-', expand: !isQuoted, content: '' };
}

/** Variables stay as they are, and the escape character is always the backslash; no words when something is left open. */
function wordsOf(text: string, options?: { keepsQuotes: true }): string[] {
  try {
    return expandWords(text, { get: () => undefined, escape: '\\', keepsUnset: true, ...options });
  } catch (error) {
    if (error instanceof ExpansionError) return [];
    throw error;
  }
}
