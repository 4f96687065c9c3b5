/** The lines of the shown log: a ring bounded in lines and bytes. */

export interface LogEntry {
  /** RFC 3339 */
  time: string;
  isError: boolean;
  text: string;
  /** id of the container that wrote it */
  source: string;
}

export const MAX_LINES = 10_000;
/** Characters of all lines together. */
const MAX_CHARACTERS = 16 * 1024 * 1024;
/** A longer line is cut for the screen; the file keeps it whole. */
export const MAX_LINE_LENGTH = 16_384;

/** Lines have numbers that never change: `first` is the oldest kept, `end` is after the newest. */
export class LogBuffer {
  first = 0;
  /** A ring: line n is at n modulo the capacity. */
  #entries: (LogEntry | undefined)[] = new Array(MAX_LINES);
  #count = 0;
  #characters = 0;

  get end(): number {
    return this.first + this.#count;
  }

  at(number: number): LogEntry | undefined {
    return number < this.first || number >= this.end ? undefined : this.#entries[slot(number)];
  }

  append(entry: LogEntry): void {
    if (this.#count === MAX_LINES) this.#dropFirst();
    const kept = cut(entry);
    this.#entries[slot(this.end)] = kept;
    this.#count += 1;
    this.#characters += kept.text.length;
    while (this.#characters > MAX_CHARACTERS && this.#count > 1) this.#dropFirst();
  }

  /** Puts older lines before the first, as many as there is room for; they get numbers below it. Returns how many. */
  prepend(entries: readonly LogEntry[]): number {
    const added = Math.min(entries.length, MAX_LINES - this.#count);
    for (let index = 1; index <= added; index += 1) {
      const kept = cut(entries[entries.length - index]!);
      this.first -= 1;
      this.#count += 1;
      this.#entries[slot(this.first)] = kept;
      this.#characters += kept.text.length;
    }
    return added;
  }

  /** The nearest line before or after `from` (not itself) that matches; undefined when none does. */
  find(pattern: RegExp, from: number, step: 1 | -1): number | undefined {
    for (let number = from + step; number >= this.first && number < this.end; number += step) {
      if (pattern.test(this.at(number)!.text)) return number;
    }
    return undefined;
  }

  #dropFirst(): void {
    const at = slot(this.first);
    this.#characters -= this.#entries[at]?.text.length ?? 0;
    this.#entries[at] = undefined;
    this.first += 1;
    this.#count -= 1;
  }
}

const slot = (number: number): number => ((number % MAX_LINES) + MAX_LINES) % MAX_LINES;

const cut = (entry: LogEntry): LogEntry =>
  entry.text.length <= MAX_LINE_LENGTH ? entry : { ...entry, text: entry.text.slice(0, MAX_LINE_LENGTH) };

/** A pattern of what was typed: a regular expression when it is one, else the text itself; upper case letters make it case-sensitive. */
export function searchPattern(text: string): RegExp {
  const flags = /\p{Lu}/u.test(text) ? 'u' : 'iu';
  try {
    return new RegExp(text, flags);
  } catch {
    return new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), flags);
  }
}

/** A log line as it may be shown: colours stay, other sequences and controls go, `\r` starts the line again. */
export function cleanLine(text: string): string {
  const simple = /^[\x20-\x7e]*$/.test(text);
  if (simple) return text;
  const last = text.replace(/\r+$/, '').split('\r').at(-1)!;
  return last
    .replace(
      /\x1b(?:\[[\d;:]*m|\[[ -?]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g,
      (sequence) => (/^\x1b\[[\d;:]*m$/.test(sequence) ? sequence : ''),
    )
    .replace(/\t/g, '    ')
    .replace(
      /[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f-\x9f]|\u200d|\ufe0f|[\u{1f3fb}-\u{1f3ff}]|\x1b(?!\[[\d;:]*m)/gu,
      '',
    );
}
