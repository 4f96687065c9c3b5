/** Borders with titles, as ready lines. */
import { fitStyled, styledWidth } from './fit.ts';
import { lines as l, theme } from './theme.ts';

export interface FrameOptions {
  width: number;
  title: string;
  /** At the right end of the top line. */
  right?: string;
  isFocused: boolean;
  /** Drawn with the sides joined to the frame above. */
  isJoined?: boolean;
}

const paint = (isFocused: boolean) => (isFocused ? theme.cyan : theme.dim);

/** The top border: corner, title, rule, what is at the right. */
export function topLine({ width, title, right = '', isFocused, isJoined = false }: FrameOptions): string {
  const edge = paint(isFocused);
  const room = width - 4;
  if (room < 4) return edge(l.h.repeat(Math.max(0, width)));
  const name = fitStyled(title, Math.min(styledWidth(title), room - 2));
  const tail = right === '' || styledWidth(right) + 2 > room - styledWidth(name) - 2 ? '' : ` ${right} `;
  const rule = l.h.repeat(Math.max(0, width - 2 - 3 - styledWidth(name) - styledWidth(tail)));
  const start = edge(`${isJoined ? l.left : l.tl}${l.h}`);
  return `${start} ${name} ${edge(rule)}${tail}${edge(isJoined ? l.right : l.tr)}`;
}

/** The bottom border, with a note in it. */
export function bottomLine(width: number, isFocused: boolean, note = ''): string {
  const edge = paint(isFocused);
  if (width < 2) return '';
  const text = note === '' || styledWidth(note) + 6 > width ? '' : ` ${note} `;
  const rule = l.h.repeat(Math.max(0, width - 3 - styledWidth(text)));
  return `${edge(`${l.bl}${l.h}`)}${text}${edge(`${rule}${l.br}`)}`;
}

/** One line between the sides. `content` may be longer or shorter than the frame. */
export function sideLine(content: string, width: number, isFocused: boolean): string {
  const side = paint(isFocused)(l.v);
  return `${side}${fitStyled(content, Math.max(0, width - 2))}${side}`;
}

/** A whole frame of `height` lines around `content`. */
export function frame(
  content: readonly string[],
  height: number,
  options: FrameOptions & { note?: string },
): string[] {
  const out = [topLine(options)];
  for (let row = 0; row < height - 2; row += 1)
    out.push(sideLine(content[row] ?? '', options.width, options.isFocused));
  if (height > 1) out.push(bottomLine(options.width, options.isFocused, options.note));
  return out;
}
