/** Splits a command line as a shell does. Pure. */

/** Blanks, single and double quotes, backslashes. */
export function splitWords(line: string): string[] {
  const words: string[] = [];
  for (const [whole] of line.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"?|'[^']*'?)+/g)) {
    words.push(
      whole.replace(
        /\\(.)|"((?:[^"\\]|\\.)*)"?|'([^']*)'?/g,
        (_, escaped?: string, double?: string, single?: string) => {
          if (escaped !== undefined) return escaped;
          return double?.replace(/\\(["\\$`])/g, '$1') ?? single ?? '';
        },
      ),
    );
  }
  return words;
}
