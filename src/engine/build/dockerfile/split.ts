/** Splits arguments at spaces outside of quotes. Quotes and escapes stay; expansion takes them off later. */
import { isSpace, trimmedOf, trimmedStart } from './space.ts';

/** Words of `text`; in double quotes the escape character protects the next one, in single quotes nothing does. */
export function splitWords(text: string, escape: string): string[] {
  const words: string[] = [];
  let word = '';
  let quote = '';
  let isOpen = false;
  const chars = [...text];
  for (let i = 0; i < chars.length; i += 1) {
    const char = chars[i]!;
    if (quote === '' && isSpace(char)) {
      if (isOpen) words.push(word);
      word = '';
      isOpen = false;
      continue;
    }
    isOpen ||= char !== escape || i + 1 < chars.length;
    if (char === escape && quote !== "'") {
      if (i + 1 < chars.length) word += char + chars[++i];
      continue;
    }
    if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    word += char;
  }
  if (isOpen) words.push(word);
  return words;
}

/** Takes `--name=value` words off the front. Their quotes and escapes are removed here; `--` alone ends them. */
export function splitFlags(text: string, escape: string): { flags: string[]; rest: string } {
  const flags: string[] = [];
  let rest = trimmedStart(text);
  while (rest.startsWith('--')) {
    const { word, length } = readFlag(rest, escape);
    rest = rest.slice(length);
    if (word === '--') break;
    flags.push(word);
    rest = trimmedStart(rest);
  }
  return { flags, rest: trimmedOf(rest) };
}

function readFlag(text: string, escape: string): { word: string; length: number } {
  let word = '';
  let quote = '';
  let i = 0;
  for (; i < text.length; i += 1) {
    const char = text[i]!;
    if (quote === '' && isSpace(char)) break;
    if (char === escape) {
      // in single quotes, too: flags differ from words here
      i += 1;
      word += text[i] ?? '';
    } else if (quote === '' && (char === '"' || char === "'")) quote = char;
    else if (char === quote) quote = '';
    else word += char;
  }
  return { word, length: i };
}
