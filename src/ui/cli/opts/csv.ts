/** One line of comma-separated values with quotes, as --mount and --network are written (RFC 4180). Pure. */

/** Throws when a quote is misplaced. */
export function csvFields(line: string): string[] {
  const fields: string[] = [];
  let rest = line;
  for (;;) {
    const match = /^(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/.exec(rest);
    if (match === null)
      throw new Error(
        `parse error on line 1, column ${line.length - rest.length + 1}: bare " in non-quoted-field`,
      );
    fields.push(match[1] === undefined ? match[2]! : match[1].replaceAll('""', '"'));
    if (match[3] === '') return fields;
    rest = rest.slice(match[0].length);
  }
}
