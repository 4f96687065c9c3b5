/** What commands print, in less room than it was made for: short ids, columns closer together. Pure. */

import { shortStatus } from './ages.ts';

/** Ids as short as lists show them. */
export const withShortIds = (text: string): string =>
  text.replace(/\b(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}\b/g, '$1');

/** A column of Docker's tables begins behind two blanks at least. */
const GAP = '  ';
/** Cells longer than this were asked for in full (`--no-trunc`, `--digests`). */
const MAX_CUT_CELL = 40;
/** A column is never cut to less; the first, which names the row, not at all. */
const MIN_CELL = 8;

/**
 * Tables (first line: headings in capitals), with blank lines between them, in `width` cells: ages as short as in lists, columns as wide
 * as their cells, then the widest ones cut. Lines that are no table, that fit, or whose long cells were asked for come back as they are.
 */
export function narrowTable(lines: readonly string[], width: number): readonly string[] {
  const parts = paragraphs(lines);
  const narrow = parts.map((part) => narrowOne(part, width));
  if (narrow.every((part, index) => part === parts[index])) return lines;
  const isEnd = (line: string | undefined) => line !== undefined && line.trim() === '';
  return isEnd(lines.at(-1)) ? narrow.flat().slice(0, -1) : narrow.flat();
}

/** Blank lines are paragraphs of their own. */
function paragraphs(lines: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (const [at, line] of lines.entries()) {
    const isBlank = line.trim() === '';
    const goesOn = !isBlank && at > 0 && lines[at - 1]!.trim() !== '';
    if (goesOn) parts.at(-1)!.push(line);
    else parts.push([line]);
  }
  return parts;
}

function narrowOne(lines: readonly string[], width: number): readonly string[] {
  const starts = columnStarts([...(lines[0] ?? '')]);
  if (starts.length < 2) return lines;
  const rows = lines.map((line) => [...line]);
  if (rows.every(({ length }) => length <= width)) return lines;
  const isTable = rows.every((row) => starts.every((at) => at === 0 || (row[at - 1] ?? ' ') === ' '));
  if (!isTable) return lines;
  const cells = rows.map((row) =>
    starts.map((at, index) =>
      shortStatus(
        row
          .slice(at, starts[index + 1])
          .join('')
          .trimEnd(),
      ),
    ),
  );
  const widths = starts.map((_, index) => Math.max(...cells.map((row) => [...row[index]!].length)));
  if (!shrink(widths, cells[0] ?? [], width)) return lines;
  return cells.map((row) =>
    row
      .map((cell, index) => cut(cell, widths[index]!))
      .join(GAP)
      .trimEnd(),
  );
}

/** Where the headings begin; none when the line is no heading. */
function columnStarts(heading: readonly string[]): number[] {
  const text = heading.join('');
  if (!/^[A-Z%][A-Z0-9 %/()]*$/.test(text)) return [];
  return heading.flatMap((character, at) => {
    const isStart = at === 0 || (heading[at - 1] === ' ' && heading[at - 2] === ' ');
    return character !== ' ' && isStart ? [at] : [];
  });
}

/** Long and seldom read to their ends: these are cut first. */
const LONG_HEADINGS = /^(COMMAND|PORTS|CMD|CREATED BY|COMMENT)$/;

/** Takes from the widest column, the long ones first, until all fit; false when they can't. */
function shrink(widths: number[], headings: readonly string[], width: number): boolean {
  const all = widths.map((_, index) => index).slice(1);
  const long = all.filter((index) => LONG_HEADINGS.test(headings[index]!));
  const total = () => widths.reduce((sum, one) => sum + one + GAP.length, -GAP.length);
  const widestOf = (indexes: readonly number[]) =>
    indexes.reduce((best, index) => (widths[index]! >= (widths[best] ?? MIN_CELL + 1) ? index : best), -1);
  while (total() > width) {
    const found = widestOf(long);
    const at = found >= 0 ? found : widestOf(all);
    if (at < 0 || (widths[at]! > MAX_CUT_CELL && at < widths.length - 1)) return false;
    widths[at]! -= 1;
  }
  return true;
}

function cut(cell: string, width: number): string {
  const characters = [...cell];
  return characters.length <= width
    ? cell + ' '.repeat(width - characters.length)
    : `${characters.slice(0, width - 1).join('')}…`;
}
