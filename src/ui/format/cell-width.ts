/** How many cells a character takes, after Unicode's East Asian Width and emoji presentation. */

/** First and last code points of the characters that take two cells (EastAsianWidth.txt: W and F). */
const WIDE = [
  0x1100, 0x115f, 0x231a, 0x231b, 0x2329, 0x232a, 0x23e9, 0x23ec, 0x23f0, 0x23f0, 0x23f3, 0x23f3, 0x25fd,
  0x25fe, 0x2614, 0x2615, 0x2648, 0x2653, 0x267f, 0x267f, 0x2693, 0x2693, 0x26a1, 0x26a1, 0x26aa, 0x26ab,
  0x26bd, 0x26be, 0x26c4, 0x26c5, 0x26ce, 0x26ce, 0x26d4, 0x26d4, 0x26ea, 0x26ea, 0x26f2, 0x26f3, 0x26f5,
  0x26f5, 0x26fa, 0x26fa, 0x26fd, 0x26fd, 0x2705, 0x2705, 0x270a, 0x270b, 0x2728, 0x2728, 0x274c, 0x274c,
  0x274e, 0x274e, 0x2753, 0x2755, 0x2757, 0x2757, 0x2795, 0x2797, 0x27b0, 0x27b0, 0x27bf, 0x27bf, 0x2b1b,
  0x2b1c, 0x2b50, 0x2b50, 0x2b55, 0x2b55, 0x2e80, 0x303e, 0x3041, 0x3247, 0x3250, 0x4dbf, 0x4e00, 0xa4c6,
  0xa960, 0xa97c, 0xac00, 0xd7a3, 0xf900, 0xfaff, 0xfe10, 0xfe19, 0xfe30, 0xfe6b, 0xff01, 0xff60, 0xffe0,
  0xffe6, 0x16fe0, 0x18aff, 0x1b000, 0x1b2ff, 0x1f004, 0x1f004, 0x1f0cf, 0x1f0cf, 0x1f18e, 0x1f18e, 0x1f191,
  0x1f19a, 0x1f200, 0x1f265, 0x1f300, 0x1f320, 0x1f32d, 0x1f335, 0x1f337, 0x1f37c, 0x1f37e, 0x1f393, 0x1f3a0,
  0x1f3ca, 0x1f3cf, 0x1f3d3, 0x1f3e0, 0x1f3f0, 0x1f3f4, 0x1f3f4, 0x1f3f8, 0x1f43e, 0x1f440, 0x1f440, 0x1f442,
  0x1f4fc, 0x1f4ff, 0x1f53d, 0x1f54b, 0x1f54e, 0x1f550, 0x1f567, 0x1f57a, 0x1f57a, 0x1f595, 0x1f596, 0x1f5a4,
  0x1f5a4, 0x1f5fb, 0x1f64f, 0x1f680, 0x1f6c5, 0x1f6cc, 0x1f6cc, 0x1f6d0, 0x1f6d2, 0x1f6d5, 0x1f6d7, 0x1f6dc,
  0x1f6df, 0x1f6eb, 0x1f6ec, 0x1f6f4, 0x1f6fc, 0x1f7e0, 0x1f7eb, 0x1f90c, 0x1f93a, 0x1f93c, 0x1f945, 0x1f947,
  0x1f9ff, 0x1fa70, 0x1faff, 0x20000, 0x3fffd,
];

const ZERO = /^[\p{Mn}\p{Me}\p{Cf}]$/u;
const UNKNOWN = 255;

/** Widths of the code points seen so far, below U+20000. */
const known = new Uint8Array(0x20000).fill(UNKNOWN);

/** 0 for combining marks and controls, 2 for wide characters, else 1. */
export function charWidth(codePoint: number): 0 | 1 | 2 {
  if (codePoint < 0x300) return codePoint < 32 || (codePoint >= 0x7f && codePoint < 0xa0) ? 0 : 1;
  const seen = known[codePoint];
  if (seen !== undefined && seen !== UNKNOWN) return seen as 0 | 1 | 2;
  const width = measure(codePoint);
  if (codePoint < known.length) known[codePoint] = width;
  return width;
}

function measure(codePoint: number): 0 | 1 | 2 {
  let low = 0;
  let high = WIDE.length / 2 - 1;
  while (low <= high) {
    const middle = (low + high) >> 1;
    if (codePoint < WIDE[2 * middle]!) high = middle - 1;
    else if (codePoint > WIDE[2 * middle + 1]!) low = middle + 1;
    else return 2;
  }
  return ZERO.test(String.fromCodePoint(codePoint)) ? 0 : 1;
}

/** Cells of a text without escape sequences. */
export function textWidth(text: string): number {
  let width = 0;
  for (let index = 0; index < text.length; index += 1) {
    const unit = text.charCodeAt(index);
    if (unit < 0x300) {
      width += unit < 32 || (unit >= 0x7f && unit < 0xa0) ? 0 : 1;
      continue;
    }
    const codePoint = text.codePointAt(index)!;
    if (codePoint > 0xffff) index += 1;
    width += charWidth(codePoint);
  }
  return width;
}

/** The beginning of `text` that takes `width` cells at most. */
export function cutTo(text: string, width: number): string {
  let used = 0;
  let index = 0;
  while (index < text.length) {
    const codePoint = text.codePointAt(index)!;
    used += charWidth(codePoint);
    if (used > width) break;
    index += codePoint > 0xffff ? 2 : 1;
  }
  return text.slice(0, index);
}

/** Terminals disagree on the width of these: the painter guards them. */
export function isEmojiClass(codePoint: number): boolean {
  return codePoint >= 0x1f000 ? codePoint < 0x20000 : codePoint >= 0x2300 && codePoint < 0x2c00;
}
