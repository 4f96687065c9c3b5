/** A table that is shown again and again in its place: what has changed is written over, nothing is cleared first, so nothing flickers. */
import type { Output } from './io.ts';

const HOME = '\x1b[H';
const CLEAR_ALL = '\x1b[2J';
const CLEAR_REST_OF_LINE = '\x1b[K';
const CLEAR_BELOW = '\x1b[J';

export interface View {
  /** `text` is whole lines. On a terminal it takes the place of the last one, elsewhere it follows it. */
  show(text: string): Promise<void>;
}

/** Not live, or on no terminal: just writes. Lines that the terminal has no room for are left out. */
export function openView(output: Output, { isLive }: { isLive: boolean }): View {
  if (!isLive || !output.isTty) return { show: (text) => output.write(text) };
  let begin = CLEAR_ALL;
  return {
    async show(text) {
      const lines = text.replace(/\n$/, '').split('\n');
      // the last row stays empty: a line's end on it would scroll
      const room = Math.max(1, (output.rows?.() ?? Number.POSITIVE_INFINITY) - 1);
      const columns = output.columns();
      const shown = lines.slice(0, room).map((line) => `${line.slice(0, columns)}${CLEAR_REST_OF_LINE}\n`);
      await output.write(`${begin}${HOME}${shown.join('')}${CLEAR_BELOW}`);
      begin = '';
    },
  };
}
