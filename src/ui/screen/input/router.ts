/** Owns the real stdin: hands keys to the screen, or the bytes as they are to the focused terminal. */
import { Readable } from 'node:stream';
import { createKeyParser, ESCAPE_WAIT_MS, type Input } from './parse-keys.ts';

export interface InputHandlers {
  /** Inputs of one read, in order. */
  onInputs(inputs: readonly Input[]): void;
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

export function createInputRouter(stdin: NodeJS.ReadStream, handlers: InputHandlers): InputRouter {
  const parser = createKeyParser();
  let timer: NodeJS.Timeout | undefined;

  function parse(bytes: Buffer): void {
    clearTimeout(timer);
    const inputs = parser.feed(bytes);
    if (inputs.length > 0) handlers.onInputs(inputs);
    if (!parser.isWaiting()) return;
    timer = setTimeout(() => handlers.onInputs(parser.flush()), ESCAPE_WAIT_MS);
  }

  const onData = (bytes: Buffer) => {
    const rest = handlers.isVerbatim() ? handlers.onBytes(bytes) : bytes;
    if (rest !== undefined && rest.length > 0) parse(rest);
  };
  stdin.setRawMode?.(true);
  stdin.on('data', onData);
  stdin.resume();
  return {
    inkStdin: fakeStdin(),
    stop() {
      clearTimeout(timer);
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
