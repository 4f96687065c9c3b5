/** Pulls exact numbers of bytes out of a stream of chunks, copying only what spans two chunks. */
import { LayerError } from '../errors.ts';

export class ByteReader {
  readonly #source: AsyncIterator<Buffer>;
  #chunk: Buffer = Buffer.alloc(0);

  constructor(source: AsyncIterable<Buffer>) {
    this.#source = source[Symbol.asyncIterator]();
  }

  /** The next bytes, at least 1 and at most `max`; undefined at the end. */
  async some(max: number): Promise<Buffer | undefined> {
    if (this.#chunk.length === 0 && !(await this.#refill())) return undefined;
    const part = this.#chunk.length <= max ? this.#chunk : this.#chunk.subarray(0, max);
    this.#chunk = this.#chunk.subarray(part.length);
    return part;
  }

  /** Exactly `length` bytes; undefined when the stream is at its end; throws DATA_LOSS when it ends in between. */
  async exactly(length: number): Promise<Buffer | undefined> {
    if (this.#chunk.length >= length) {
      const part = this.#chunk.subarray(0, length);
      this.#chunk = this.#chunk.subarray(length);
      return part;
    }
    return await this.#assemble(length);
  }

  /** Like `exactly`, but the end of the stream is DATA_LOSS too. */
  async required(length: number): Promise<Buffer> {
    const part = await this.exactly(length);
    if (part === undefined) throw truncated();
    return part;
  }

  async skip(length: number): Promise<void> {
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part === undefined) throw truncated();
      left -= part.length;
    }
  }

  async #assemble(length: number): Promise<Buffer | undefined> {
    const parts: Buffer[] = [];
    for (let left = length; left > 0; ) {
      const part = await this.some(left);
      if (part === undefined && parts.length === 0) return undefined;
      if (part === undefined) throw truncated();
      parts.push(part);
      left -= part.length;
    }
    return parts.length === 1 ? parts[0] : Buffer.concat(parts, length);
  }

  async #refill(): Promise<boolean> {
    for (;;) {
      const next = await this.#source.next();
      if (next.done === true) return false;
      if (next.value.length === 0) continue;
      this.#chunk = next.value;
      return true;
    }
  }
}

function truncated(): LayerError {
  return new LayerError('DATA_LOSS', 'unexpected end of the tar archive', { hint: 'transfer it again' });
}
