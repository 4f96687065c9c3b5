/** White space as Go's unicode.IsSpace has it. Pure. */

/** Of one character. Reading the pattern takes 1 ms: done only for what ASCII doesn't answer. */
export const isSpace = (char: string): boolean =>
  char === ' ' || (char >= '\t' && char <= '\r') || (char > '\x7f' && /^\p{White_Space}$/u.test(char));
