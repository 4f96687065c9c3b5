/** Owns the real stdin: hands keys to the screen, or the bytes as they are to the focused terminal. */
import { Readable } from 'node:stream';
import { createKeyParser, ESCAPE_WAIT_MS, type Input } from './parse-keys.ts';

export interface InputHandlers {
  /** An input of the screen's own. */
  onInput(input: Input): void;
  /** After the inputs of one read. */
  onReadEnd(): void;
  /** Takes the bytes of a focused terminal; returns what was not taken (after detaching), or undefined when all was. */
  onBytes(bytes: Buffer): Buffer | undefined;
  /** True while a terminal has the focus. */
  isVerbatim(): boolean;
}

export interface InputRouter {
  /** For Ink, which never sees a key. */
  readonly inkStdin: NodeJS.ReadStream;
  stop(): void;
}

const PASTE_BEGIN = '\x1b[200~';

export function createInputRouter(stdin: NodeJS.ReadStream, handlers: InputHandlers): InputRouter {
  const parser = createKeyParser();
  let timer: NodeJS.Timeout | undefined;
  let immediate: NodeJS.Immediate | undefined;
  const stopWaiting = () => {
    clearTimeout(timer);
    clearImmediate(immediate);
  };

  function take(inputs: readonly Input[]): void {
    for (const input of inputs) handlers.onInput(input);
  }

  /** Byte by byte: after a key that opens a terminal what follows in the same read is the terminal's. Returns that. */
  function parse(bytes: Buffer): Buffer | undefined {
    if (bytes.includes(PASTE_BEGIN)) {
      take(parser.feed(bytes));
      return undefined;
    }
    for (let at = 0; at < bytes.length; at += 1) {
      take(parser.feed(bytes.subarray(at, at + 1)));
      if (handlers.isVerbatim()) return bytes.subarray(at + 1);
    }
    return undefined;
  }

  const onData = (bytes: Buffer) => {
    stopWaiting();
    let rest: Buffer | undefined = bytes;
    while (rest !== undefined && rest.length > 0)
      rest = handlers.isVerbatim() ? handlers.onBytes(rest) : parse(rest);
    handlers.onReadEnd();
    if (!parser.isWaiting()) return;
    const flush = () => {
      take(parser.flush());
      handlers.onReadEnd();
    };
    // This process may have been held up, and the rest be waiting to be read: it is read first.
    timer = setTimeout(() => {
      immediate = setImmediate(flush);
    }, ESCAPE_WAIT_MS);
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.resume();
  return {
    inkStdin: fakeStdin(),
    stop() {
      stopWaiting();
      stdin.off('data', onData);
      stdin.pause();
    },
  };
}

/** Ink asks for raw mode and references; nothing is ever read from this. */
function fakeStdin(): NodeJS.ReadStream {
  const stream = new Readable({ read() {} });
  const nothing = () => stream;
  return Object.assign(stream, {
    isTTY: true,
    setRawMode: nothing,
    ref: nothing,
    unref: nothing,
  }) as unknown as NodeJS.ReadStream;
}
