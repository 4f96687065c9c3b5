/** White space as Go's unicode.IsSpace has it: a byte order mark is none. Pure. */

/** Of one character. Reading the pattern takes 1 ms: done only for what ASCII doesn't answer. */
export const isSpace = (char: string): boolean =>
  char === ' ' || (char >= '\t' && char <= '\r') || (char > '\x7f' && /^\p{White_Space}$/u.test(char));

/** `text` without white space at its ends. */
export function trimmedOf(text: string): string {
  let end = text.length;
  while (end > 0 && isSpace(text[end - 1]!)) end -= 1;
  return trimmedStart(text.slice(0, end));
}

/** `text` without white space at its beginning. */
export function trimmedStart(text: string): string {
  let start = 0;
  while (start < text.length && isSpace(text[start]!)) start += 1;
  return text.slice(start);
}
