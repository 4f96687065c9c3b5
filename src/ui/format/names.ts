/** Short forms of ids and texts, as Docker prints them. Pure. */

/** 12 hex digits of 'sha256:…' or a plain id. */
export function shortId(id: string): string {
  return id.replace(/^sha256:/, '').slice(0, 12);
}

/** A container's image: one given by id is a short id, one given by digest is shown without the digest. */
export function shortImage({ Image, ImageID }: { Image: string; ImageID: string }): string {
  if (Image === '') return '<no image>';
  if (shortId(Image) === shortId(ImageID)) return shortId(ImageID);
  return Image.replace(/@sha256:[0-9a-f]{64}$/, '');
}

/** Cuts to `length` characters, the last one an ellipsis (docker/cli formatter.Ellipsis). */
export function ellipsis(text: string, length: number): string {
  const chars = Array.from(text);
  return chars.length <= length ? text : `${chars.slice(0, length - 1).join('')}…`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { '07': '\\a', '0b': '\\v' };

/** A text in quotes as Go writes it (strconv.Quote): as JSON does, but '\a', '\v', '\x1b'. */
export function goQuote(text: string): string {
  return JSON.stringify(text)
    .replace(/\\(u00([\da-f]{2})|.)/g, (whole, _: string, hex: string | undefined) =>
      hex === undefined ? whole : (SHORT_ESCAPES[hex] ?? `\\x${hex}`),
    )
    .replaceAll('\x7f', '\\x7f');
}
