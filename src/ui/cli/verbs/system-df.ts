/** boxtop system df: what the store takes of the disk. */
import { jsonText } from '../../format/printable.ts';
import { tableText } from '../../format/table.ts';
import { compileTemplate } from '../../format/template/execute.ts';
import { TemplateError } from '../../format/template/lexer.ts';
import { type Section, sections, summaryListing } from '../disk-usage-rows.ts';
import { bool, NONE, text } from '../flags.ts';
import { cellText, printListing, type Row, writeShown } from '../listing.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: `Show disk usage

Sizes are those on the disk, each byte counted once: images with the archives that their layers came in,
containers with their logs.`,
  flags: [
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    bool('verbose', 'Show detailed information on space usage', 'v'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const usage = await engine().system.diskUsage({ signal: io.signal });
    const format = flags.string('format') ?? '';
    if (!flags.bool('verbose')) {
      await printListing(summaryListing(usage), format, io);
      return 0;
    }
    if (format === '' || format === 'table') await io.stdout.write(listText(sections(usage, false)));
    else await writeShown(io.stdout, templateText(sections(usage, true), format));
    return 0;
  },
};

/** The four tables with a line between. */
function listText(lists: readonly Section[]): string {
  return lists
    .map(({ title, headers, columns, rows }) => {
      const cells = rows.map((row) => columns.map((field) => cellText(row[field])));
      return `${title}\n\n${tableText([columns.map((field) => headers[field]!), ...cells])}`;
    })
    .join('\n');
}

/** One template for all of it, as Docker has it: `{{range .Images}}…{{end}}`. */
function templateText(lists: readonly Section[], format: string): string {
  const whole = Object.fromEntries(lists.map(({ name, rows }) => [name, rows.map(plainRow)]));
  const toJson = (value: unknown) =>
    value === whole ? jsonText(whole).replace(/[&<>]/g, goEscape) : undefined;
  if (format === 'json') return toJson(whole)!;
  const source = format
    .replace(/^table\s+/, '')
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
  try {
    return compileTemplate(source, { type: lists[0]!.type, toJson })(whole);
  } catch (error) {
    if (error instanceof TemplateError) throw new PlainError(error.message);
    throw error;
  }
}

const goEscape = (char: string): string => `\\u00${char.charCodeAt(0).toString(16)}`;

/** Texts alone, in the order of names. */
function plainRow(row: Row): Record<string, string> {
  const names = Object.keys(row).filter((name) => name !== 'Label');
  return Object.fromEntries(names.sort().map((name) => [name, cellText(row[name])]));
}
