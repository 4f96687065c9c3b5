import { describe, expect, it } from 'vitest';
import { findInText, scrollTextBy, textRows, textTop } from '../../../src/ui/screen/state/texts.ts';
import { initialState, type ScreenState } from '../../../src/ui/screen/state/types.ts';
import { styledWidth } from '../../../src/ui/screen/widgets/fit.ts';
import { helpLines } from '../../../src/ui/screen/widgets/help-lines.ts';
import { fullState } from './fixture.ts';

const lines = Array.from({ length: 100 }, (_, index) => `\x1b[36mline\x1b[39m ${index}`);
const stateOf = (texts: readonly string[]): ScreenState => ({
  ...initialState({ columns: 100, rows: 30 }, 0),
  document: { key: '', lines: texts, isLoading: false, top: 0 },
});
const changed = (state: ScreenState, parts: Partial<ScreenState> | undefined): ScreenState => ({
  ...state,
  ...parts,
});

describe('a text of the details', () => {
  it('goes on in the next row where a line is too long, unless that is turned off', () => {
    const state = stateOf(['x'.repeat(130), 'short']);
    expect(textRows(state).map(styledWidth)).toEqual([55, 55, 20, 5]);
    expect(textRows(changed(state, { text: { ...state.text, isWrapped: false } }))).toHaveLength(2);
  });

  it('scrolls within its ends', () => {
    const state = stateOf(lines);
    const atEnd = changed(state, scrollTextBy(state, Number.POSITIVE_INFINITY));
    expect(textTop(atEnd)).toBe(100 - 27);
    expect(textTop(changed(atEnd, scrollTextBy(atEnd, -1)))).toBe(72);
    expect(textTop(changed(state, scrollTextBy(state, -5)))).toBe(0);
    expect(textTop(changed(atEnd, { document: { ...atEnd.document, lines: lines.slice(0, 30) } }))).toBe(3);
  });

  it('finds what is looked for, from the row that is shown on and hit by hit', () => {
    const state = changed(stateOf(lines), { text: { isWrapped: true, search: 'line .?7$', hit: undefined } });
    const first = changed(state, findInText(state, 1));
    const second = changed(first, findInText(first, 1));
    expect([first.text.hit, second.text.hit, textTop(second)]).toEqual([7, 17, 8]);
    expect(changed(second, findInText(second, -1)).text.hit).toBe(7);
    expect(findInText(first, -1)).toBeUndefined();
  });
});

describe('the help', () => {
  const bare = (state: ScreenState, width: number) =>
    helpLines(state, width).map((line) => line.replace(/\x1b\[[\d;]*m/g, ''));

  it('begins with what holds where one is, and tells the signs', () => {
    const state = fullState(80, 24);
    expect(bare(state, 76)[0]).toBe('Containers');
    expect(bare({ ...state, focus: 'details' }, 76)[0]).toBe('Logs');
    expect(bare({ ...state, focus: 'images', listPane: 'images' }, 76)[0]).toBe('Images');
    expect(bare(state, 76).join('\n')).toMatch(/◐ +running, its health not known yet/);
  });

  it('has two columns where there is room, with the same in them', () => {
    const state = fullState(200, 60);
    const wide = bare(state, 160);
    expect(wide.length).toBeLessThan(bare(state, 76).length * 0.6);
    for (const title of ['Containers', 'Everywhere', 'Logs', 'Texts'])
      expect(wide.join('\n')).toContain(title);
  });
});
