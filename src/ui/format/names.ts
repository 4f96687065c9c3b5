/** Short forms of ids and texts, as Docker prints them. Pure. */

/** 12 hex digits of 'sha256:…' or a plain id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** Cuts to `length` characters, the last one an ellipsis (docker/cli formatter.Ellipsis). */
export function ellipsis(text: string, length: number): string {
  const chars = Array.from(text);
  return chars.length <= length ? text : `${chars.slice(0, length - 1).join('')}…`;
}
