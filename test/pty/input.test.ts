import { describe, expect, it } from 'vitest';
import { encodeMouse, type MouseEvent, type ScreenModes, translateInput } from '../../src/pty/index.ts';

const modes: ScreenModes = {
  mouseTracking: 'any',
  mouseEncoding: 'sgr',
  bracketedPaste: false,
  applicationCursor: false,
  sendFocus: false,
  alternateBuffer: false,
};
const press: MouseEvent = { kind: 'press', button: 0, x: 14, y: 7 };

describe('the mouse', () => {
  it.each<[string, MouseEvent, string]>([
    ['a press', press, '\x1b[<0;15;8M'],
    ['a release', { ...press, kind: 'release', button: 2 }, '\x1b[<2;15;8m'],
    ['a drag', { ...press, kind: 'move' }, '\x1b[<32;15;8M'],
    ['a move', { kind: 'move', x: 0, y: 0 }, '\x1b[<35;1;1M'],
    ['the wheel', { kind: 'wheel', button: 1, x: 0, y: 0 }, '\x1b[<65;1;1M'],
    ['modifiers', { ...press, shift: true, alt: true, ctrl: true }, '\x1b[<28;15;8M'],
  ])('tells of %s in SGR', (_, event, sequence) => expect(encodeMouse(event, modes)).toBe(sequence));

  it('speaks the old encodings, as far as they reach', () => {
    expect(encodeMouse(press, { ...modes, mouseEncoding: 'x10' })).toBe('\x1b[M /(');
    expect(encodeMouse({ ...press, kind: 'release' }, { ...modes, mouseEncoding: 'x10' })).toBe('\x1b[M#/(');
    expect(encodeMouse({ ...press, x: 223 }, { ...modes, mouseEncoding: 'x10' })).toBeUndefined();
    expect(encodeMouse({ ...press, x: 223 }, { ...modes, mouseEncoding: 'urxvt' })).toBe('\x1b[32;224;8M');
  });

  it.each<[ScreenModes['mouseTracking'], string]>([
    ['none', ''],
    ['x10', 'press'],
    ['vt200', 'press release wheel'],
    ['drag', 'press release wheel drag'],
    ['any', 'press release wheel drag move'],
  ])('with tracking %s tells of: %s', (mouseTracking, wanted) => {
    const events: Record<string, MouseEvent> = {
      press,
      release: { ...press, kind: 'release' },
      wheel: { ...press, kind: 'wheel' },
      drag: { ...press, kind: 'move' },
      move: { kind: 'move', x: 1, y: 1 },
    };
    const told = Object.keys(events).filter((name) =>
      encodeMouse(events[name]!, { ...modes, mouseTracking }),
    );
    expect(told.join(' ')).toBe(wanted);
  });
});

describe('input for a program', () => {
  const translate = (text: string, change: Partial<ScreenModes>) =>
    translateInput(Buffer.from(text), { ...modes, ...change }).toString();

  it('turns cursor keys into those of the application mode when the program is in it', () => {
    expect(translate('\x1b[A\x1b[H\x1b[1;5C\x1b[3~', { applicationCursor: true })).toBe(
      '\x1bOA\x1bOH\x1b[1;5C\x1b[3~',
    );
    expect(translate('\x1b[A', {})).toBe('\x1b[A');
  });

  it('marks pastes and focus only for a program that asked', () => {
    const text = 'a\x1b[200~p\x1b[201~\x1b[I\x1b[O';
    expect(translate(text, {})).toBe('ap');
    expect(translate(text, { bracketedPaste: true, sendFocus: true })).toBe(text);
  });

  it('leaves what is pasted alone', () => {
    const text = '\x1b[200~\x1b[A\x1b[201~';
    expect(translate(text, { bracketedPaste: true, applicationCursor: true })).toBe(text);
  });

  it('does not touch other bytes', () => expect(translate('é健✅\x1bx', {})).toBe('é健✅\x1bx'));
});
