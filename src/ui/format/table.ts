/** Columns as Go's tabwriter lays them out with Docker's settings: each cell as wide as the widest of its column plus three spaces. */

import { printable } from './printable.ts';

const MIN_WIDTH = 10;
const PADDING = 3;

/**
 * Lines of a table (`docker/cli` writes with minwidth 10, padding 3). The last cell of a row is not padded.
 * `given` includes the header. Cells are one line each: control characters in them are shown, where Docker would let them act.
 */
export function tableLines(given: readonly (readonly string[])[], minWidth = MIN_WIDTH): string[] {
  const rows = given.map((row) => row.map(printable));
  const widths: number[] = [];
  for (const row of rows) {
    row.slice(0, -1).forEach((cell, column) => {
      widths[column] = Math.max(widths[column] ?? 0, cellWidth(cell) + PADDING, minWidth);
    });
  }
  return rows.map((row) =>
    row.map((cell, column) => (column === row.length - 1 ? cell : pad(cell, widths[column]!))).join(''),
  );
}

/** The text of a table, one line each with its end. */
export function tableText(rows: readonly (readonly string[])[]): string {
  return tableLines(rows)
    .map((line) => `${line}\n`)
    .join('');
}

/** tabwriter counts characters, not terminal cells. */
function cellWidth(cell: string): number {
  return /^[\x20-\x7e]*$/.test(cell) ? cell.length : Array.from(cell).length;
}

function pad(cell: string, width: number): string {
  return cell + ' '.repeat(width - cellWidth(cell));
}
