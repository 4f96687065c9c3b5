/** The WWW-Authenticate header (RFC 9110, section 11.6.1). Pure. */

export interface Challenge {
  /** lower case: 'basic', 'bearer' */
  scheme: string;
  parameters: Record<string, string>;
}

const HEADER_LIMIT = 8192;
const TOKEN = /[!#$%&'*+.^_`|~0-9A-Za-z-]+/y;

/** All challenges of a header, in order; what cannot be read is left out. */
export function parseChallenges(header: string): Challenge[] {
  const text = header.slice(0, HEADER_LIMIT);
  const challenges: Challenge[] = [];
  let at = 0;
  const skip = (pattern: RegExp) => {
    while (at < text.length && pattern.test(text[at]!)) at += 1;
  };
  const token = () => {
    TOKEN.lastIndex = at;
    const found = TOKEN.exec(text)?.[0];
    at += found?.length ?? 0;
    return found;
  };
  for (;;) {
    skip(/[\s,]/);
    const name = token();
    if (name === undefined) return challenges;
    skip(/[ \t]/);
    const current = challenges.at(-1);
    if (text[at] === '=' && current !== undefined) {
      at += 1;
      skip(/[ \t]/);
      const value = text[at] === '"' ? quoted() : token();
      current.parameters[name.toLowerCase()] ??= value ?? '';
    } else {
      challenges.push({ scheme: name.toLowerCase(), parameters: {} });
    }
  }

  function quoted(): string {
    let value = '';
    for (at += 1; at < text.length && text[at] !== '"'; at++) {
      if (text[at] === '\\') at += 1;
      value += text[at] ?? '';
    }
    at += 1;
    return value;
  }
}
