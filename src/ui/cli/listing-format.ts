/** --format of lists: "table TEMPLATE", "json", or a template per row. */
import { jsonText } from '../format/printable.ts';
import { tableLines } from '../format/table.ts';
import { compileTemplate } from '../format/template/execute.ts';
import { TemplateError } from '../format/template/lexer.ts';
import { cellText, type Listing, type Row } from './listing.ts';

/** The text of all rows. Throws in Docker's words when the template is wrong. */
export function renderRows(listing: Listing, format: string): string {
  if (format === 'json') return listing.rows.map((row) => `${rowJson(row)}\n`).join('');
  const isTable = /^table\s/.test(format);
  const source = (isTable ? format.replace(/^table\s+/, '') : format)
    .replaceAll('\\t', '\t')
    .replaceAll('\\n', '\n');
  const render = compile(source, listing.type);
  const lines = listing.rows.map((row) => run(render, row));
  if (!isTable) return lines.map((line) => `${line}\n`).join('');
  const header = run(compile(source, listing.type, true), headerRow(listing));
  return tableLines([header, ...lines].map((line) => line.split('\t')))
    .map((line) => `${line}\n`)
    .join('');
}

function compile(source: string, type: string, isHeader = false): (value: unknown) => string {
  try {
    return compileTemplate(source, { type, toJson: (row) => rowJson(row as Row), isHeader });
  } catch (error) {
    throw asTemplate(error, 'failed to parse template');
  }
}

function run(render: (value: unknown) => string, row: Row): string {
  try {
    return render(row);
  } catch (error) {
    throw asTemplate(error, 'failed to execute template');
  }
}

function asTemplate(error: unknown, what: string): unknown {
  return error instanceof TemplateError ? new Error(`${what}: ${error.message}`) : error;
}

/** `{{.Label "com.example"}}` is headed by the label's last part, as Docker does: 'example'. */
function headerRow({ headers }: Listing): Row {
  const labelHeader = (name: string) => name.split('.').at(-1)!.replace(/[-_]/g, ' ');
  return { ...headers, Label: labelHeader };
}

/** All fields but those that take arguments, in order of names, with Go's HTML escapes. */
function rowJson(row: Row): string {
  const fields = Object.keys(row)
    .filter(
      (name) => typeof row[name] !== 'function' || (row[name] as (...args: never[]) => string).length === 0,
    )
    .sort();
  return jsonText(Object.fromEntries(fields.map((name) => [name, cellText(row[name])])))
    .replaceAll('&', '\\u0026')
    .replaceAll('<', '\\u003c')
    .replaceAll('>', '\\u003e');
}
