/** Pictures of a terminal's screen: SVG of our own, PNG from it. */
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { IBufferCell, Terminal } from '@xterm/headless';

export interface PictureOptions {
  /** pixels */
  fontSize?: number;
  padding?: number;
  /** the sixteen colours, then foreground and background */
  theme?: Theme;
  /** false: the cursor is not drawn */
  hasCursor?: boolean;
}

export interface Theme {
  colours: readonly string[];
  foreground: string;
  background: string;
}

export const DEFAULT_THEME: Theme = {
  colours: (
    '#21222c #ff5c57 #5af78e #f3f99d #57a7ff #d480ff #5fdde5 #d0d4e0 ' +
    '#686d82 #ff7b72 #7dffa8 #fbffb0 #82bfff #e0a3ff #8cf0f5 #ffffff'
  ).split(' '),
  foreground: '#d8dbe6',
  background: '#15161e',
};

/** DejaVu Sans Mono: advance 0.602 em; with 1.164 em from line to line its box characters meet. */
const ADVANCE_EM = 0.602;
const LINE_EM = 1.164;
const ASCENT_EM = 0.928;

interface Run {
  x: number;
  width: number;
  text: string;
  style: string;
  background: string | undefined;
}

export function renderSvg(terminal: Terminal, options: PictureOptions = {}): string {
  const { fontSize = 14, padding = 12, theme = DEFAULT_THEME } = options;
  const cellWidth = fontSize * ADVANCE_EM;
  const lineHeight = Math.round(fontSize * LINE_EM);
  const px = (value: number) => +value.toFixed(2);
  const rows = Array.from({ length: terminal.rows }, (_, y) => rowRuns(terminal, y, theme));
  const parts = rows.flatMap((runs, y) =>
    runs.map(({ x, width, text, style, background }) => {
      const left = px(padding + x * cellWidth);
      const top = padding + y * lineHeight;
      const length = px(width * cellWidth);
      const box = background
        ? `<rect x="${left}" y="${top}" width="${px(length + 0.2)}" height="${lineHeight}" fill="${background}"/>`
        : '';
      if (text.trim() === '') return box;
      const baseline = px(top + fontSize * ASCENT_EM);
      const dots = brailleDots(text, { left, top, cellWidth, lineHeight });
      if (dots !== '') return `${box}<g ${style}>${dots}</g>`;
      return `${box}<text x="${left}" y="${baseline}" textLength="${length}" ${style}>${escape(text)}</text>`;
    }),
  );
  const width = Math.ceil(terminal.cols * cellWidth + 2 * padding);
  const height = terminal.rows * lineHeight + 2 * padding;
  const cursor =
    options.hasCursor === false ? '' : cursorBox(terminal, padding, cellWidth, lineHeight, theme);
  return (
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" ` +
    `font-family="'DejaVu Sans Mono',monospace" font-size="${fontSize}" xml:space="preserve">` +
    `<rect width="100%" height="100%" rx="6" fill="${theme.background}"/>${parts.filter(Boolean).join('\n')}${cursor}</svg>\n`
  );
}

function cursorBox(
  terminal: Terminal,
  padding: number,
  cellWidth: number,
  lineHeight: number,
  theme: Theme,
): string {
  const { cursorX, cursorY } = terminal.buffer.active;
  const x = (padding + cursorX * cellWidth).toFixed(2);
  const y = padding + cursorY * lineHeight;
  return `<rect x="${x}" y="${y}" width="${cellWidth.toFixed(2)}" height="${lineHeight}" fill="${theme.foreground}" opacity="0.6"/>`;
}

/** Neighbouring cells that look the same; wide characters stand alone, so that each keeps its place. */
function rowRuns(terminal: Terminal, y: number, theme: Theme): Run[] {
  const runs: Run[] = [];
  const line = terminal.buffer.active.getLine(terminal.buffer.active.baseY + y);
  for (let x = 0; x < terminal.cols; x++) {
    const cell = line?.getCell(x);
    if (cell === undefined || cell.getWidth() === 0) continue;
    const { style, background } = styleOf(cell, theme);
    const text = cell.isInvisible() ? ' ' : cell.getChars() || ' ';
    const last = runs.at(-1);
    const isSame =
      last?.style === style && last.background === background && isBraille(last.text) === isBraille(text);
    if (isSame && cell.getWidth() === 1 && last.width === last.text.length) {
      last.text += text;
      last.width++;
    } else runs.push({ x, width: cell.getWidth(), text, style, background });
  }
  return runs;
}

function styleOf(cell: IBufferCell, theme: Theme): { style: string; background: string | undefined } {
  let fg = cell.isFgDefault() ? undefined : colour(cell.getFgColor(), cell.isFgRGB(), theme);
  let bg = cell.isBgDefault() ? undefined : colour(cell.getBgColor(), cell.isBgRGB(), theme);
  if (cell.isInverse()) [fg, bg] = [bg ?? theme.background, fg ?? theme.foreground];
  const attributes = [
    `fill="${fg ?? theme.foreground}"`,
    cell.isBold() ? 'font-weight="bold"' : '',
    cell.isItalic() ? 'font-style="italic"' : '',
    cell.isDim() ? 'opacity="0.6"' : '',
    cell.isUnderline() ? 'text-decoration="underline"' : '',
    cell.isStrikethrough() ? 'text-decoration="line-through"' : '',
  ];
  return { style: attributes.filter(Boolean).join(' '), background: bg };
}

/** xterm's palette: 16 of the theme, a cube of 6×6×6, 24 greys. */
function colour(value: number, isRgb: boolean, theme: Theme): string {
  const hex = (...channels: number[]) => `#${channels.map((c) => c.toString(16).padStart(2, '0')).join('')}`;
  if (isRgb) return hex(value >> 16, (value >> 8) & 0xff, value & 0xff);
  if (value < 16) return theme.colours[value]!;
  if (value >= 232) return hex(...Array<number>(3).fill(8 + 10 * (value - 232)));
  const level = (step: number) => (step === 0 ? 0 : 55 + 40 * step);
  const cube = value - 16;
  return hex(level(Math.floor(cube / 36)), level(Math.floor(cube / 6) % 6), level(cube % 6));
}

const escape = (text: string) =>
  text.replace(/[&<>]/g, (c) => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' })[c]!);

/** PNG of `renderSvg`'s picture, `scale` times its size, with the DejaVu fonts whatever the machine has. */
const isBraille = (text: string): boolean => text >= '\u2800' && text < '\u2900';

/** Which dot of a braille cell (U+2800 to U+28FF) is where: column, row. */
const BRAILLE_DOTS: readonly [x: number, y: number][] = [
  [0, 0],
  [0, 1],
  [0, 2],
  [1, 0],
  [1, 1],
  [1, 2],
  [0, 3],
  [1, 3],
];

/** Charts are made of braille, which the picture's font lacks: its dots as circles; '' for a text with anything else. */
function brailleDots(
  text: string,
  { left, top, cellWidth, lineHeight }: { left: number; top: number; cellWidth: number; lineHeight: number },
): string {
  if (!isBraille(text)) return '';
  return [...text]
    .flatMap((character, cell) =>
      BRAILLE_DOTS.filter(
        (_, dot) => (character.charCodeAt(0) >= 0x2800 ? character.charCodeAt(0) & (1 << dot) : 0) !== 0,
      ).map(([x, y]) => {
        const cx = left + (cell + 0.25 + x * 0.5) * cellWidth;
        return `<circle cx="${cx.toFixed(2)}" cy="${(top + (y + 0.5) * (lineHeight / 4)).toFixed(2)}" r="${(cellWidth / 7).toFixed(2)}"/>`;
      }),
    )
    .join('');
}

export async function renderPng(svg: string, scale = 1): Promise<Buffer> {
  const { Resvg } = await import('@resvg/resvg-js');
  const fonts = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  const fontFiles = ['', '-Bold', '-Oblique', '-BoldOblique'].map((cut) =>
    join(fonts, `DejaVuSansMono${cut}.ttf`),
  );
  const font = { fontFiles, loadSystemFonts: false, defaultFontFamily: 'DejaVu Sans Mono' };
  return new Resvg(svg, { font, fitTo: { mode: 'zoom', value: scale } }).render().asPng();
}
