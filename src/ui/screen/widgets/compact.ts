/** Sizes in five cells. */

const UNITS = ['B', 'K', 'M', 'G', 'T', 'P'];

/** Powers of 1024 with two or three digits: 31750000 → '30M', 1500 → '1.5K'; '' when nothing is known. */
export function compactBytes(bytes: number | undefined): string {
  if (bytes === undefined) return '';
  let size = bytes;
  let unit = 0;
  while (size >= 999.5 && unit < UNITS.length - 1) {
    size /= 1024;
    unit += 1;
  }
  const text = unit > 0 && size < 9.95 ? size.toFixed(1) : String(Math.round(size));
  return `${text}${UNITS[unit]}`;
}
