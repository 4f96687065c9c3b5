/** Prints a list as Docker does: its table, a table of one's own, JSON, or a template per row. */
import { printableLines } from '../format/printable.ts';
import { tableText } from '../format/table.ts';
import type { CliIo, Output } from './io.ts';

/** Values by field name: text, or a function for what a template calls with arguments. */
export type Row = Readonly<Record<string, string | (() => string) | ((argument: string) => string)>>;

export interface Listing {
  /** field → header, for every field a template may name */
  headers: Readonly<Record<string, string>>;
  /** fields of the default table */
  columns: readonly string[];
  rows: readonly Row[];
  /** Docker's name of the row's type, for error texts: '*formatter.ContainerContext' */
  type: string;
}

/** Prints `listing` as --format says. */
export async function printListing(listing: Listing, format: string | undefined, io: CliIo): Promise<void> {
  await io.stdout.write(await listingText(listing, format, io));
}

/** `listing` as --format says, for standard output; undefined, '' or 'table' = the default table. */
export async function listingText(listing: Listing, format: string | undefined, io: CliIo): Promise<string> {
  if (format === undefined || format === '' || format === 'table') {
    const cells = (row: Row) => listing.columns.map((field) => cellText(row[field]));
    const header = listing.columns.map((field) => listing.headers[field]!);
    return tableText([header, ...listing.rows.map(cells)]);
  }
  const { renderRows } = await import('./listing-format.ts');
  return shownText(io.stdout, renderRows(listing, format));
}

/** What a template made: to a terminal without controls, to a program exactly. */
export async function writeShown(output: Output, text: string): Promise<void> {
  await output.write(shownText(output, text));
}

const shownText = (output: Output, text: string): string => (output.isTty ? printableLines(text) : text);

/** A field's text; lazily computed ones are functions without arguments. */
export function cellText(value: Row[string] | undefined): string {
  return typeof value === 'function' ? (value as () => string)() : (value ?? '');
}

/** The text of all labels, and `.Label "name"` for templates. */
export function labelFields(labels: Readonly<Record<string, string>> | null | undefined): Row {
  const all = labels ?? {};
  const labelOf = (name: string) => all[name] ?? '';
  const text = Object.entries(all)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  return { Labels: text.join(','), Label: labelOf };
}
