/** Cuts and pads texts to a number of cells. */
import { charWidth, cutTo, textWidth } from '../../format/cell-width.ts';
import { glyphs } from './theme.ts';

/** `text` (no escape sequences) in exactly `width` cells; what does not fit ends with an ellipsis. */
export function fitText(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  if (width <= 0) return '';
  const own = textWidth(text);
  if (own <= width) return align === 'left' ? text + ' '.repeat(width - own) : ' '.repeat(width - own) + text;
  const cut = cutTo(text, width - 1) + glyphs.ellipsis;
  return cut + ' '.repeat(Math.max(0, width - textWidth(cut)));
}

/** Like `fitText`, but a long text loses its middle: both ends of names tell them apart. */
export function fitMiddle(text: string, width: number): string {
  const own = textWidth(text);
  if (own <= width || width < 8) return fitText(text, width);
  const tail = Math.floor((width - 1) / 2);
  const characters = [...text];
  let end = '';
  while (characters.length > 0 && textWidth(characters.at(-1)! + end) <= tail) end = characters.pop()! + end;
  return fitText(cutTo(text, width - 1 - textWidth(end)) + glyphs.ellipsis + end, width);
}

const SGR_OR_CHARACTER = /\x1b\[[\d;:]*m|[\s\S]/gu;

/** Cells of a text with colour sequences. */
export const styledWidth = (text: string): number => textWidth(text.replace(/\x1b\[[\d;:]*m/g, ''));

/** Pads a text with colour sequences to `width` cells, or cuts it there, ending with the default style. */
export function fitStyled(text: string, width: number): string {
  const own = styledWidth(text);
  if (own <= width) return text + ' '.repeat(width - own);
  let out = '';
  let used = 0;
  for (const [part] of text.matchAll(SGR_OR_CHARACTER)) {
    if (part.startsWith('\x1b')) {
      out += part;
      continue;
    }
    const cells = charWidth(part.codePointAt(0)!);
    if (used + cells > width) break;
    used += cells;
    out += part;
  }
  return `${out}\x1b[0m${' '.repeat(width - used)}`;
}

/** Splits a text without colours between words; a word longer than a line is cut. */
export function wrapWords(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    const longer = line === '' ? word : `${line} ${word}`;
    if (textWidth(longer) <= width) {
      line = longer;
      continue;
    }
    if (line !== '') lines.push(line);
    const parts = wrapStyled(word, width);
    lines.push(...parts.slice(0, -1));
    line = parts.at(-1)!;
  }
  return [...lines, line];
}

/** Splits a text with colour sequences into lines of `width` cells; colours go on in the next line. */
export function wrapStyled(text: string, width: number): string[] {
  if (styledWidth(text) <= width || width < 2) return [text];
  const out: string[] = [];
  let line = '';
  let style = '';
  let used = 0;
  for (const [part] of text.matchAll(SGR_OR_CHARACTER)) {
    if (part.startsWith('\x1b')) {
      style = part === '\x1b[0m' || part === '\x1b[m' ? '' : style + part;
      line += part;
      continue;
    }
    const cells = charWidth(part.codePointAt(0)!);
    if (used + cells > width) {
      out.push(style === '' ? line : `${line}\x1b[0m`);
      line = style;
      used = 0;
    }
    line += part;
    used += cells;
  }
  out.push(line);
  return out;
}
