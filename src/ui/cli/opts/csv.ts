/** One record of comma-separated values with quotes, as --mount and --network are written (RFC 4180). Pure. */

/** The fields of the first line that holds any. Throws in the words of Go's encoding/csv: 'EOF', or where a quote is misplaced. */
export function csvFields(text: string): string[] {
  const line = text.replace(/^(?:\r?\n)+/, '');
  if (line === '') throw new Error('EOF');
  const fields: string[] = [];
  for (let at = 0; ; ) {
    const { field, end } = line[at] === '"' ? quotedField(line, at + 1) : plainField(line, at);
    fields.push(field);
    if (line[end] !== ',') return fields;
    at = end + 1;
  }
}

function plainField(line: string, start: number): { field: string; end: number } {
  const [field = ''] = /^[^,\n]*/.exec(line.slice(start)) ?? [];
  const quote = field.indexOf('"');
  if (quote >= 0) throw misplaced(start + quote, 'bare " in non-quoted-field');
  return { field: field.replace(/\r$/, ''), end: start + field.length };
}

function quotedField(line: string, start: number): { field: string; end: number } {
  for (let at = start; ; at += 2) {
    at = line.indexOf('"', at);
    if (at < 0) throw misplaced(line.length, 'extraneous or missing " in quoted-field');
    if (line[at + 1] === '"') continue;
    if (!/^(?:,|\r?\n|$)/.test(line.slice(at + 1)))
      throw misplaced(at, 'extraneous or missing " in quoted-field');
    return { field: line.slice(start, at).replaceAll('""', '"'), end: at + 1 };
  }
}

const misplaced = (index: number, what: string) =>
  new Error(`parse error on line 1, column ${index + 1}: ${what}`);
