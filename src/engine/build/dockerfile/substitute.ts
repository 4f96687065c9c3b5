/** Shell patterns of `${x#p}`, `${x%p}` and `${x/p/r}` as regular expressions. */

/** `*` any text (longest when greedy), `?` one character, a backslash protects the next one. */
export function patternToRegExp(pattern: string, isGreedy: boolean): string {
  return pattern.replace(/\\(.)|[\s\S]/gu, (char, escaped: string | undefined) => {
    if (escaped !== undefined) return quote(escaped);
    if (char === '*') return isGreedy ? '.*' : '.*?';
    return char === '?' ? '.' : quote(char);
  });
}

const quote = (char: string) => char.replace(/[\\^$.*+?()[\]{}|/]/g, '\\$&');

/** `value` without the shortest end that matches: tries ends from short to long. */
export function shortestSuffix(value: string, pattern: string): string {
  const whole = new RegExp(`^${patternToRegExp(pattern, true)}$`, 'su');
  const chars = [...value];
  for (let cut = chars.length; cut >= 0; cut -= 1) {
    if (whole.test(chars.slice(cut).join(''))) return chars.slice(0, cut).join('');
  }
  return value;
}
