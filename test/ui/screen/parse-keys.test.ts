import { describe, expect, it } from 'vitest';
import { createKeyParser, type Input } from '../../../src/ui/screen/input/parse-keys.ts';

const bytes = (text: string) => Buffer.from(text, 'utf8');
const keysOf = (inputs: Input[]) => inputs.map((input) => (input.kind === 'key' ? input.key : input.kind));

function parse(text: string): string[] {
  const parser = createKeyParser();
  return keysOf([...parser.feed(bytes(text)), ...parser.flush()]);
}

describe('keys', () => {
  it.each([
    ['j', ['j']],
    ['jjj', ['j', 'j', 'j']],
    ['\x1b[A\x1b[B', ['up', 'down']],
    ['\x1bOA\x1bOP', ['up', 'f1']],
    ['\x1b[1;5C', ['ctrl+right']],
    ['\x1b[Z', ['shift+tab']],
    ['\x1b[5~\x1b[6~\x1b[3~', ['pageup', 'pagedown', 'delete']],
    ['\x1b[15~\x1b[24~', ['f5', 'f12']],
    ['\x10\x11', ['ctrl+p', 'ctrl+q']],
    ['\r\t\x7f ', ['enter', 'tab', 'backspace', 'space']],
    ['\x1bx', ['esc', 'x']],
    ['\x1b', ['esc']],
    ['\x1b\x1b', ['esc', 'esc']],
    ['é健✅', ['é', '健', '✅']],
    ['\x1b[?62;c', []],
  ])('%j is %j', (text, keys) => {
    expect(parse(text)).toEqual(keys);
  });

  it('are the same however the bytes are split', () => {
    const text = 'a\x1b[1;5C健\x1b[5~\x1bOP\x1b[<0;12;5Mz\x1b[200~p\x1b[Aq\x1b[201~\x10';
    const whole = parse(text);
    const all = bytes(text);
    for (let at = 1; at < all.length; at += 1) {
      const parser = createKeyParser();
      expect(
        keysOf([...parser.feed(all.subarray(0, at)), ...parser.feed(all.subarray(at)), ...parser.flush()]),
      ).toEqual(whole);
    }
    const parser = createKeyParser();
    expect(keysOf([...all].flatMap((byte) => parser.feed(Uint8Array.of(byte))))).toEqual(whole);
  });

  it('waits for the rest of a sequence, then takes a lone Escape', () => {
    const parser = createKeyParser();
    expect(parser.feed(bytes('\x1b'))).toEqual([]);
    expect(parser.isWaiting()).toBe(true);
    expect(keysOf(parser.flush())).toEqual(['esc']);
    expect(parser.isWaiting()).toBe(false);
  });

  it('gives a paste as one, whatever is in it', () => {
    const [paste] = createKeyParser().feed(bytes('\x1b[200~rm -rf /\nq\x1b[A\x1b[201~'));
    expect(paste).toEqual({ kind: 'paste', text: 'rm -rf /\nq\x1b[A' });
  });

  it('reads clicks, drags and the wheel', () => {
    const inputs = createKeyParser().feed(
      bytes('\x1b[<0;40;10M\x1b[<32;41;10M\x1b[<0;41;10m\x1b[<64;1;1M\x1b[<65;1;1M'),
    );
    expect(inputs).toMatchObject([
      { action: 'press', x: 39, y: 9 },
      { action: 'drag', x: 40 },
      { action: 'release' },
      { action: 'wheel-up', x: 0, y: 0 },
      { action: 'wheel-down' },
    ]);
  });
});
