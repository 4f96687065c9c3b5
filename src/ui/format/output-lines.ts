/** What a program prints, as lines: characters cut in two between pieces of bytes are put together, and no line is endless. */
import { StringDecoder } from 'node:string_decoder';

/** A longer line is cut: a program may print for ever and never end one. */
const MAX_LINE_CHARS = 16 * 1024;

export class OutputLines {
  readonly #decoder = new StringDecoder('utf8');
  #open = '';

  /** The line that has not ended yet. */
  get open(): string {
    return this.#open;
  }

  /** The lines that these bytes end. */
  push(data: Uint8Array): string[] {
    const lines = `${this.#open}${this.#decoder.write(Buffer.from(data))}`.split('\n').flatMap(pieces);
    this.#open = lines.pop()!;
    return lines;
  }
}

function pieces(line: string): string[] {
  if (line.length <= MAX_LINE_CHARS) return [line];
  return Array.from({ length: Math.ceil(line.length / MAX_LINE_CHARS) }, (_, index) =>
    line.slice(index * MAX_LINE_CHARS, (index + 1) * MAX_LINE_CHARS),
  );
}
