import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createDetachRecogniser, DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../src/pty/keys.ts';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

/** Feeds reads; collects what reaches the program, by reads and by time. */
function recogniser(keys = DEFAULT_DETACH_KEYS) {
  const got: string[] = [];
  const it = createDetachRecogniser(parseDetachKeys(keys), {
    onRelease: (b) => got.push(b.toString('latin1')),
  });
  return {
    got: () => got.join(''),
    feed: (text: string) => {
      const { forward, detached } = it.feed(Buffer.from(text, 'latin1'));
      got.push(forward.toString('latin1'));
      return detached;
    },
    dispose: it.dispose,
  };
}

describe('parsing of detach keys', () => {
  it.each([
    ['ctrl-p,ctrl-q', [16, 17]],
    ['a', [97]],
    ['ctrl-@', [0]],
    ['ctrl-[,ctrl-\\,ctrl-],ctrl-^,ctrl-_', [27, 28, 29, 30, 31]],
    ['DEL,Z,7', [127, 90, 55]],
  ])('reads %s', (text, bytes) => expect([...parseDetachKeys(text)]).toEqual(bytes));

  it.each([
    ['ctrl-A,a', 'ctrl-A'],
    ['shift-a', 'shift-a'],
    ['ab', 'ab'],
    ['', ''],
    ['a,', ''],
    ['ctrl-', 'ctrl-'],
    ['é', 'é'],
    ['ctrl-pp', 'ctrl-pp'],
  ])("refuses '%s' in Docker's words", (text, key) => {
    expect(() => parseDetachKeys(text)).toThrow(`invalid detach keys (${text}): Unknown character: '${key}'`);
  });
});

describe('the detach keys', () => {
  it('detach, and never reach the program', () => {
    const r = recogniser();
    expect(r.feed('ls\x10\x11after')).toBe(true);
    expect(r.got()).toBe('ls');
  });

  it('give back what came behind them in the same read', () => {
    const it = createDetachRecogniser(parseDetachKeys('ctrl-a,d'), { onRelease: () => {} });
    expect(it.feed(Buffer.from('ls\x01')).rest.toString()).toBe('');
    expect(it.feed(Buffer.from('d:ps\r')).rest.toString()).toBe(':ps\r');
  });

  it('may come in separate reads', () => {
    const r = recogniser();
    expect(r.feed('\x10')).toBe(false);
    vi.advanceTimersByTime(299);
    expect(r.got()).toBe('');
    expect(r.feed('\x11')).toBe(true);
    expect(r.got()).toBe('');
  });

  it('let a first key through with the key after it', () => {
    const r = recogniser();
    r.feed('\x10');
    expect(r.feed('x')).toBe(false);
    expect(r.got()).toBe('\x10x');
    vi.runAllTimers();
    expect(r.got()).toBe('\x10x');
  });

  it('let a first key alone through after 300 ms, once', () => {
    const r = recogniser();
    r.feed('\x10');
    vi.advanceTimersByTime(300);
    vi.runAllTimers();
    expect(r.got()).toBe('\x10');
    r.feed('x');
    vi.runAllTimers();
    expect(r.got()).toBe('\x10x');
  });

  it('hold a first key back while a process that was held up has yet to read the second', () => {
    const r = recogniser();
    r.feed('\x10');
    vi.advanceTimersByTime(300);
    expect(r.feed('\x11')).toBe(true);
    vi.runAllTimers();
    expect(r.got()).toBe('');
  });

  it('still detach for a slow typist, whose first key the program has seen', () => {
    const r = recogniser();
    r.feed('\x10');
    vi.advanceTimersByTime(5000);
    expect(r.feed('\x11')).toBe(true);
    expect(r.got()).toBe('\x10');
  });

  it('pass a first key typed again and again', () => {
    const r = recogniser();
    expect(r.feed('\x10\x10\x10')).toBe(false);
    expect(r.got()).toBe('\x10\x10');
    expect(r.feed('\x11')).toBe(true);
    expect(r.got()).toBe('\x10\x10');
  });

  it('are found when their beginning repeats itself', () => {
    const r = recogniser('a,a,b');
    expect(r.feed('aaaab')).toBe(true);
    expect(r.got()).toBe('aa');
  });

  it('pass everything else byte for byte', () => {
    const r = recogniser();
    const text = Buffer.from(
      'é健✅\x1b[A\x1bOP\x1b[1;5C\x03\x1a\x1c\x1b\x7f\0\x11\x1bx\x1b[<0;1;2M',
      'utf8',
    ).toString('latin1');
    expect(r.feed(text)).toBe(false);
    expect(r.got()).toBe(text);
  });

  it('mean nothing inside a paste, however the paste is split', () => {
    const text = 'a\x1b[200~x\x10\x11\ny\x1b[201~b';
    for (let at = 1; at < text.length; at++) {
      const r = recogniser();
      expect(r.feed(text.slice(0, at)) || r.feed(text.slice(at))).toBe(false);
      expect(r.got()).toBe(text);
      expect(r.feed('\x10\x11')).toBe(true);
    }
  });

  it('do not join a key before a paste with one after it', () => {
    const r = recogniser();
    expect(r.feed('\x10\x1b[200~\x1b[201~\x11')).toBe(false);
    expect(r.got()).toBe('\x10\x1b[200~\x1b[201~\x11');
  });

  it.each([
    ['kitty', '\x1b[112;5u', '\x1b[113;5u'],
    ['kitty with event types and caps lock', '\x1b[112;69:1u', '\x1b[113;69:1u'],
    ['modifyOtherKeys', '\x1b[27;5;112~', '\x1b[27;5;113~'],
  ])('are known in the encoding of %s', (_, p, q) => {
    const r = recogniser();
    expect(r.feed(p)).toBe(false);
    expect(r.feed(q)).toBe(true);
    expect(r.got()).toBe('');
    const other = recogniser();
    other.feed(`${p}\x1b[120;5u`);
    expect(other.got()).toBe(`${p}\x1b[120;5u`);
  });

  it('may be the escape key, which arrows do not press', () => {
    const r = recogniser('ctrl-[,q');
    expect(r.feed('\x1b[Aq')).toBe(false);
    expect(r.got()).toBe('\x1b[Aq');
    expect(r.feed('\x1b')).toBe(false);
    expect(r.feed('q')).toBe(true);
  });

  it('may be one key', () => expect(recogniser('ctrl-]').feed('\x1d')).toBe(true));

  it('leave no timer behind', () => {
    const r = recogniser();
    r.feed('\x10');
    r.dispose();
    expect(vi.getTimerCount()).toBe(0);
  });
});
