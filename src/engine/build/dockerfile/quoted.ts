/** Text in quotes as Go writes it (strconv.Quote), for messages and history. Pure. */

const NAMED: Readonly<Record<string, string>> = {
  '"': '\\"',
  '\\': '\\\\',
  '\x07': '\\a',
  '\b': '\\b',
  '\t': '\\t',
  '\n': '\\n',
  '\v': '\\v',
  '\f': '\\f',
  '\r': '\\r',
};

/** What is no letter, mark, number, punctuation, symbol nor the space is told by its number: '\x1b', '\u00a0'. */
export function quoted(text: string): string {
  if (/^[ !#-[\]-~]*$/.test(text)) return `"${text}"`;
  return `"${text.replace(/["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu, (char) => NAMED[char] ?? numbered(char))}"`;
}

function numbered(char: string): string {
  const hex = char.codePointAt(0)!.toString(16);
  if (char <= '\x7f') return `\\x${hex.padStart(2, '0')}`;
  return char.length === 1 ? `\\u${hex.padStart(4, '0')}` : `\\U${hex.padStart(8, '0')}`;
}
