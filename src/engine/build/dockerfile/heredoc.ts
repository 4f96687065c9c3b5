/** Finds `<<NAME` in RUN, COPY and ADD lines (also behind ONBUILD), as buildkit's parser does. */
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

const COMMANDS = /^\s*(?:onbuild\s+)?(?:run|copy|add)\s/i;
const HEREDOC = /^(\d*)<<(-?)\s*([^<]*)$/;

/** Heredocs in the order of their contents. `line` is a logical line; contents are still empty. */
export function findHeredocs(line: string): Heredoc[] {
  if (!line.includes('<<') || !COMMANDS.test(line)) return [];
  return wordsOf(line).flatMap((word) => parseHeredoc(word) ?? []);
}

/** Words with their quotes and escapes; none when a quote is left open. */
function wordsOf(line: string): string[] {
  const words = [''];
  // spaces, `<<` with those behind it, an escape (always the backslash here), quotes, anything else
  const parts = /(\p{White_Space}+)|<<[\t\r ]*|\\[\s\S]?|'[^']*'|"(?:\\["$\\]|[^"])*"|[\s\S]/gu;
  for (const [part, space] of line.matchAll(parts)) {
    if (part === "'" || part === '"') return [];
    if (space === undefined) words[words.length - 1] += part;
    else words.push('');
  }
  return words;
}

/** `word` as one heredoc, undefined when it is none. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  if (match === null) return undefined;
  const written = match[3]!;
  const names = namesIn(written);
  if (names.length !== 1) return undefined;
  const fileDescriptor = match[1] === '' ? 0 : Number(match[1]);
  const isQuoted = /['"]/.test(written.replaceAll(/\\./gs, ''));
  return { name: names[0]!, fileDescriptor, chomp: match[2] === '-', expand: !isQuoted, content: '' };
}

/** Variables are none in a name: they stay as they are. */
function namesIn(written: string): string[] {
  try {
    return expandWords(written, { get: (name) => `$${name}`, escape: '\\' });
  } catch (error) {
    if (error instanceof ExpansionError) return [];
    throw error;
  }
}
