/** Detach keys: Docker's syntax for them, and a recogniser that never swallows a key that was meant for the program. */

/** Docker's default, Ctrl-P Ctrl-Q. */
export const DEFAULT_DETACH_KEYS = 'ctrl-p,ctrl-q';

/**
 * How long a first detach key alone is held back. Docker holds it until the next key, which breaks shell history and
 * editors (moby#25062); after this time it is sent on, and still counts as the first key.
 */
const DETACH_HOLD_MS = 300;

const CONTROL_NAMES = '@abcdefghijklmnopqrstuvwxyz[\\]^_';

/**
 * Parses `--detach-keys`: keys separated by commas, each one character, `ctrl-X` (X in a–z @ [ \ ] ^ _) or `DEL`.
 * Returns one byte per key; throws an Error in the words of Docker's command line.
 */
export function parseDetachKeys(text: string): Uint8Array {
  return Uint8Array.from(text.split(','), (key) => {
    if (key.length === 1 && key.charCodeAt(0) < 0x80) return key.charCodeAt(0);
    if (key === 'DEL') return 0x7f;
    const control = /^ctrl-(.)$/.exec(key)?.[1];
    const code = control === undefined ? -1 : CONTROL_NAMES.indexOf(control);
    if (code < 0) throw new Error(`invalid detach keys (${text}): Unknown character: '${key}'`);
    return code;
  });
}

export interface DetachRecogniser {
  /** Bytes of the terminal in, bytes for the program out. After `detached` nothing more is to be fed; `rest` came behind the keys. */
  feed(bytes: Uint8Array): { forward: Buffer; detached: boolean; rest: Buffer };
  /** Stops the timer of a held key. */
  dispose(): void;
}

export interface DetachRecogniserOptions {
  /** milliseconds; `DETACH_HOLD_MS` when absent */
  holdMs?: number;
  /** Takes keys that were held back and whose time is up. */
  onRelease(bytes: Buffer): void;
}

interface Token {
  bytes: Buffer;
  /** the byte of a plain or Ctrl key; undefined for arrows and other sequences */
  key: number | undefined;
  isForwarded: boolean;
}

const PASTE_START = Buffer.from('\x1b[200~');
const PASTE_END = Buffer.from('\x1b[201~');

/** Makes a recogniser for `keys` (of `parseDetachKeys`). What is pasted (bracketed paste) never detaches. */
export function createDetachRecogniser(keys: Uint8Array, options: DetachRecogniserOptions): DetachRecogniser {
  let held: Token[] = [];
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const paste = createPasteTracker();

  const dispose = () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };
  const take = (tokens: Token[]): Buffer[] => {
    const bytes = tokens.filter(({ isForwarded }) => !isForwarded).map((token) => token.bytes);
    for (const token of tokens) token.isForwarded = true;
    return bytes;
  };
  const release = () => options.onRelease(Buffer.concat(take(held)));
  // This process may have been held up, and the next key be waiting to be read: it is read first.
  const onHeld = () => {
    immediate = setImmediate(release);
  };
  const matches = () => held.every((token, i) => token.key === keys[i]);

  const feed: DetachRecogniser['feed'] = (chunk) => {
    dispose();
    const forward: Buffer[] = [];
    let read = 0;
    for (const token of tokensOf(chunk)) {
      read += token.bytes.length;
      held.push(paste.isInside(token.bytes) ? { ...token, key: undefined } : token);
      while (!matches()) forward.push(...take([held.shift()!]));
      if (held.length === keys.length) {
        held = [];
        return { forward: Buffer.concat(forward), detached: true, rest: Buffer.from(chunk.subarray(read)) };
      }
    }
    if (held.some((token) => !token.isForwarded))
      timer = setTimeout(onHeld, options.holdMs ?? DETACH_HOLD_MS);
    return { forward: Buffer.concat(forward), detached: false, rest: Buffer.alloc(0) };
  };
  return { feed, dispose };
}

/** Follows the marks of bracketed paste, also when a mark is split over reads. Nothing is held back for it. */
function createPasteTracker(): { isInside(bytes: Uint8Array): boolean } {
  let isPasting = false;
  let matched = 0;
  const step = (byte: number): void => {
    const mark = isPasting ? PASTE_END : PASTE_START;
    if (byte !== mark[matched]) matched = 0;
    if (byte === mark[matched]) matched++;
    if (matched === mark.length) {
      matched = 0;
      isPasting = !isPasting;
    }
  };
  return {
    isInside(bytes) {
      const wasPasting = isPasting;
      for (const byte of bytes) step(byte);
      return wasPasting || isPasting;
    },
  };
}

/** Keys of one read: an escape sequence that is complete in it is one token, everything else is single bytes. */
function* tokensOf(chunk: Uint8Array): Generator<Token> {
  const bytes = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  for (let i = 0; i < bytes.length; ) {
    const length = bytes[i] === 0x1b ? sequenceLength(bytes, i) : 1;
    const token = bytes.subarray(i, i + length);
    yield {
      bytes: token,
      key: length === 1 ? token[0] : enhancedKey(token.toString('latin1')),
      isForwarded: false,
    };
    i += length;
  }
}

const SEQUENCE = /^\x1b(?:O[@-~]|\[[0-?]*[ -/]*[@-~])/;
const MAX_SEQUENCE_BYTES = 32;

function sequenceLength(bytes: Buffer, start: number): number {
  const text = bytes.toString('latin1', start, start + MAX_SEQUENCE_BYTES);
  return SEQUENCE.exec(text)?.[0].length ?? 1;
}

/**
 * The byte a key would have sent without an enhanced keyboard: kitty's `CSI code ; modifiers u` and xterm's
 * modifyOtherKeys `CSI 27 ; modifiers ; code ~`. Modifiers are 1 + bits; Ctrl is 4, the locks (64, 128) are ignored.
 */
function enhancedKey(sequence: string): number | undefined {
  const kitty = /^\x1b\[(\d+)(?::\d*)*(?:;(\d+)(?::([12]))?)?u$/.exec(sequence);
  const other = /^\x1b\[27;(\d+);(\d+)~$/.exec(sequence);
  const code = Number(kitty?.[1] ?? other?.[2] ?? Number.NaN);
  const modifiers = (Number(kitty?.[2] ?? other?.[1] ?? 1) - 1) & ~0xc0;
  if (!(code < 0x80)) return undefined;
  if (modifiers === 0) return code;
  const control = CONTROL_NAMES.indexOf(String.fromCharCode(code));
  return modifiers === 4 && control >= 0 ? control : undefined;
}
