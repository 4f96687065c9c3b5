/** Finds `<<NAME` in RUN, COPY and ADD lines (also behind ONBUILD). */
import { splitWords } from './split.ts';

export interface Heredoc {
  name: string;
  fileDescriptor: number;
  /** `<<-`: leading tabs are taken off */
  chomp: boolean;
  /** an unquoted name lets variables in the content be expanded (COPY, ADD) */
  expand: boolean;
  content: string;
}

const COMMANDS = /^(?:onbuild\s+)*(?:run|copy|add)\s/i;
const HEREDOC = /^(\d*)<<(-?)([^<]*)$/;

/** Heredocs in the order of their contents. `line` is a logical line; contents are still empty. */
export function findHeredocs(line: string, escape: string): Heredoc[] {
  if (!line.includes('<<') || !COMMANDS.test(line)) return [];
  return splitWords(line, escape).flatMap((word) => parseHeredoc(word) ?? []);
}

/** `word` as one heredoc, undefined when it is none. */
export function parseHeredoc(word: string): Heredoc | undefined {
  const match = HEREDOC.exec(word);
  const written = match?.[3] ?? '';
  const name = written.replace(/^(['"])(.*)\1$/, '$2').replace(/\\(.)/g, '$1');
  if (match === null || name === '' || /\s/.test(name)) return undefined;
  const fileDescriptor = match[1] === '' ? 0 : Number(match[1]);
  return { name, fileDescriptor, chomp: match[2] === '-', expand: name === written, content: '' };
}
