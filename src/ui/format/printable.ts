/** Text of images, containers and registries as a terminal may get it: what would control the terminal is shown, not done. Pure. */

/** C0, DEL, C1 (one-byte escape sequences), and marks that turn the reading direction around. */
const CONTROLS = /[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]/g;
const HARMLESS = /^[\x20-\x7e]*$/;

const SHORT: Readonly<Record<string, string>> = { '\n': '\\n', '\r': '\\r', '\t': '\\t' };

/** One line: controls, line ends too, as '\x1b', '\n', '\u202e'. */
export function printable(text: string): string {
  return HARMLESS.test(text) ? text : text.replace(CONTROLS, (char) => SHORT[char] ?? escaped(char));
}

/** Several lines: as `printable`, but line ends and tabs stay. */
export function printableLines(text: string): string {
  return text.replace(CONTROLS, (char) => (char === '\n' || char === '\t' ? char : escaped(char)));
}

function escaped(char: string): string {
  const code = char.charCodeAt(0);
  return code < 0x100 ? `\\x${code.toString(16).padStart(2, '0')}` : `\\u${code.toString(16)}`;
}

/** JSON with the controls escaped that `JSON.stringify` leaves (DEL and C1): equal in meaning. */
export function jsonText(value: unknown, indent?: number): string {
  return JSON.stringify(value, null, indent).replace(
    CONTROLS,
    // what stands outside of strings is white space
    (char) => (char === '\n' ? char : `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`),
  );
}
