/** Colours of the screen: the terminal's own sixteen, so that light and dark themes both fit. NO_COLOR leaves attributes only. */

/** https://no-color.org: present and not empty. */
const isPlain = (process.env['NO_COLOR'] ?? '') !== '';
/** Terminals whose locale has no box characters get ASCII. */
const isAscii =
  process.env['BOXTOP_ASCII'] === '1' ||
  process.env['TERM'] === 'linux-basic' ||
  process.env['LC_ALL'] === 'C';

const colour =
  (code: number) =>
  (text: string): string =>
    isPlain || text === '' ? text : `\x1b[${code}m${text}\x1b[39m`;
const attribute =
  (on: number, off: number) =>
  (text: string): string =>
    text === '' ? text : `\x1b[${on}m${text}\x1b[${off}m`;

export const theme = {
  red: colour(31),
  green: colour(32),
  yellow: colour(33),
  blue: colour(34),
  magenta: colour(35),
  cyan: colour(36),
  bold: attribute(1, 22),
  dim: attribute(2, 22),
  /** The row under the cursor of the pane that has the focus. */
  selected: attribute(7, 27),
  underline: attribute(4, 24),
};

export const glyphs = isAscii
  ? {
      running: '*',
      paused: '=',
      stopped: 'o',
      starting: '%',
      sick: '!',
      lost: '?',
      busy: '~',
      mark: '>',
      ellipsis: '~',
      bar: '#',
      barRest: '-',
      failed: 'x',
      done: 'v',
      sparks: ' .:-=+*#',
      eighths: '-',
    }
  : {
      running: '●',
      paused: '‖',
      stopped: '○',
      starting: '◐',
      sick: '!',
      lost: '?',
      busy: '◌',
      mark: '▌',
      ellipsis: '…',
      bar: '█',
      barRest: '░',
      failed: '✗',
      done: '✓',
      sparks: '▁▂▃▄▅▆▇█',
      eighths: '▏▎▍▌▋▊▉█',
    };

export const lines = isAscii
  ? { h: '-', v: '|', tl: '+', tr: '+', bl: '+', br: '+', left: '+', right: '+' }
  : { h: '─', v: '│', tl: '╭', tr: '╮', bl: '╰', br: '╯', left: '├', right: '┤' };
