/** --chmod of COPY and ADD: octal digits, or the letters of chmod(1) (builder reference, "COPY --chmod"). Pure. */

/** What a file's permission bits (0o7777) become. */
export type ModeChange = (mode: number, isDirectory: boolean) => number;

const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const BITS: Readonly<Record<string, number>> = { r: 4, w: 2, x: 1 };
const SPECIAL: Readonly<Record<string, number>> = { u: 0o4000, g: 0o2000, o: 0 };
const STICKY = 0o1000;
/** What `=` sets anew. */
const OWN: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o1007 };
const ANY_EXECUTE = 0o111;

/** undefined when it is neither. Without u, g, o or a, all three are meant: the builder has no umask. */
export function parseMode(text: string): ModeChange | undefined {
  if (/^0?[0-7]{3,4}$/.test(text)) {
    const mode = Number.parseInt(text, 8);
    return () => mode;
  }
  const clauses = text.split(',').map((clause) => /^([ugoa]*)((?:[-+=](?:[rwxXst]*|[ugo]))+)$/.exec(clause));
  if (clauses.includes(null)) return undefined;
  return (mode, isDirectory) =>
    clauses.reduce(
      (now, clause) => applied(now, { who: clause![1]!, actions: clause![2]!, isDirectory }),
      mode,
    );
}

function applied(
  mode: number,
  { who, actions, isDirectory }: { who: string; actions: string; isDirectory: boolean },
): number {
  const whom = who === '' || who.includes('a') ? 'ugo' : who;
  let now = mode;
  for (const [, operator, letters] of actions.matchAll(/([-+=])([^-+=]*)/g)) {
    const before = now;
    for (const one of new Set(whom)) {
      const bits = bitsOf(letters!, one, { mode: before, isDirectory });
      if (operator === '-') now &= ~bits;
      else if (operator === '+') now |= bits;
      else now = (now & ~OWN[one]!) | bits;
    }
    if (letters!.includes('t') && (who === '' || who.includes('a') || who.includes('o')))
      now = operator === '-' ? now & ~STICKY : now | STICKY;
  }
  return now;
}

/** The bits that letters stand for in the place of `one` (u, g or o). */
function bitsOf(letters: string, one: string, file: { mode: number; isDirectory: boolean }): number {
  if (/^[ugo]$/.test(letters)) return ((file.mode >> SHIFTS[letters]!) & 7) << SHIFTS[one]!;
  let bits = 0;
  for (const letter of letters) {
    if (letter === 'X') bits |= file.isDirectory || file.mode & ANY_EXECUTE ? BITS['x']! : 0;
    else bits |= BITS[letter] ?? 0;
  }
  return (bits << SHIFTS[one]!) | (letters.includes('s') ? SPECIAL[one]! : 0);
}
