/** Which patterns of .dockerignore are refused: Docker asks Go's filepath.Match whether '.' matches, and takes its complaints only. Pure. */

/** Throws SyntaxError. What stands behind a part that can't match is not looked at: 'x*[-a]' is fine, '*[-a]' is not. */
export function checkPattern(pattern: string): void {
  let rest = pattern;
  let name = '.';
  while (rest !== '') {
    const { hasStar, chunk, behind } = nextChunk(rest);
    if (hasStar && chunk === '') return;
    rest = behind;
    const left = [name, ...(hasStar && name !== '' ? [''] : [])]
      .map((text) => matchChunk(chunk, text))
      .find((one) => one !== undefined && (one === '' || rest !== ''));
    if (left === undefined) return;
    name = left;
  }
}

/** Stars at the front, and what follows up to the next star outside of brackets. */
function nextChunk(pattern: string): { hasStar: boolean; chunk: string; behind: string } {
  const start = /^\**/.exec(pattern)![0].length;
  let isClass = false;
  let i = start;
  for (; i < pattern.length; i += 1) {
    const char = pattern[i];
    if (char === '\\') i += 1;
    else if (char === '[') isClass = true;
    else if (char === ']') isClass = false;
    else if (char === '*' && !isClass) break;
  }
  return { hasStar: start > 0, chunk: pattern.slice(start, i), behind: pattern.slice(i) };
}

/** What is left of `text` ('.' or nothing) behind the chunk; undefined = no match. The whole chunk is read all the same. */
function matchChunk(chunk: string, text: string): string | undefined {
  let left: string | undefined = text;
  let rest = chunk;
  while (rest !== '') {
    let isMatch: boolean;
    if (rest[0] === '[') {
      ({ isMatch, rest } = matchClass(rest.slice(1)));
    } else {
      if (rest[0] === '\\') rest = rest.slice(1);
      if (rest === '') throw new SyntaxError('trailing backslash');
      const isAny = rest[0] === '?' && chunk.at(-rest.length - 1) !== '\\';
      isMatch = isAny || rest[0] === '.';
      rest = [...rest].slice(1).join('');
    }
    left = left === '.' && isMatch ? '' : undefined;
  }
  return left;
}

/** Does '.' match the class? Neither '-' nor ']' stand unprotected where a character is due. */
function matchClass(text: string): { isMatch: boolean; rest: string } {
  let chars = [...text];
  const isNegated = chars[0] === '^';
  if (isNegated) chars = chars.slice(1);
  const read = (): string => {
    if (chars[0] === undefined || chars[0] === '-' || chars[0] === ']')
      throw new SyntaxError('bad character class');
    const char = chars[0] === '\\' ? chars[1] : chars[0];
    chars = chars.slice(chars[0] === '\\' ? 2 : 1);
    if (char === undefined || chars.length === 0) throw new SyntaxError('bad character class');
    return char;
  };
  let isMatch = false;
  for (let ranges = 0; ranges === 0 || chars[0] !== ']'; ranges += 1) {
    const low = read();
    let high = low;
    if (chars[0] === '-') {
      chars = chars.slice(1);
      high = read();
    }
    isMatch ||= low <= '.' && '.' <= high;
  }
  return { isMatch: isMatch !== isNegated, rest: chars.slice(1).join('') };
}
