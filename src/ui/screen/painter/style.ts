/** Colours and attributes of a cell, interned: a style is a small number, 0 the terminal's default. */

const FLAG_OF_SGR: Readonly<Record<number, number>> = { 1: 1, 2: 2, 3: 4, 4: 8, 5: 16, 7: 32, 8: 64, 9: 128 };
const CLEARED_BY: Readonly<Record<number, number>> = { 22: 3, 23: 4, 24: 8, 25: 16, 27: 32, 28: 64, 29: 128 };
/** Colours: 0 default, 1–256 palette index + 1, else RGB with this bit. */
const RGB = 0x1000000;
/** Hostile output could use every RGB pair there is; beyond this, styles fall back to the default. */
const MAX_STYLES = 50_000;

interface Style {
  flags: number;
  fg: number;
  bg: number;
}

const styles: Style[] = [{ flags: 0, fg: 0, bg: 0 }];
const sequences: string[] = ['\x1b[0m'];
const byKey = new Map<string, number>([['0,0,0', 0]]);
const transitions = new Map<string, number>();

/** The sequence that switches to a style from any other. */
export const sgrOf = (style: number): string => sequences[style] ?? '\x1b[0m';

/** The style after the parameters of an SGR sequence ('1;31'), starting from `from`. */
export function applySgr(from: number, parameters: string): number {
  const key = `${from}|${parameters}`;
  const known = transitions.get(key);
  if (known !== undefined) return known;
  const next = intern(change({ ...styles[from]! }, parameters));
  if (transitions.size < MAX_STYLES) transitions.set(key, next);
  return next;
}

function change(style: Style, parameters: string): Style {
  const codes = parameters.split(/[;:]/).map(Number);
  for (let index = 0; index < codes.length; index += 1) {
    const code = codes[index]!;
    if (code === 0) Object.assign(style, { flags: 0, fg: 0, bg: 0 });
    else if (FLAG_OF_SGR[code] !== undefined) style.flags |= FLAG_OF_SGR[code];
    else if (CLEARED_BY[code] !== undefined) style.flags &= ~CLEARED_BY[code];
    else if (code === 38 || code === 48)
      index += extended(style, code === 38 ? 'fg' : 'bg', codes.slice(index + 1));
    else basic(style, code);
  }
  return style;
}

function basic(style: Style, code: number): void {
  if (code >= 30 && code <= 37) style.fg = code - 29;
  else if (code === 39) style.fg = 0;
  else if (code >= 40 && code <= 47) style.bg = code - 39;
  else if (code === 49) style.bg = 0;
  else if (code >= 90 && code <= 97) style.fg = code - 81;
  else if (code >= 100 && code <= 107) style.bg = code - 91;
}

/** '5;n' or '2;r;g;b'; returns how many parameters were used. */
function extended(style: Style, which: 'fg' | 'bg', rest: number[]): number {
  if (rest[0] === 5) {
    style[which] = ((rest[1] ?? 0) & 255) + 1;
    return 2;
  }
  if (rest[0] !== 2) return 0;
  const [r = 0, g = 0, b = 0] = rest.slice(1, 4);
  style[which] = RGB | ((r & 255) << 16) | ((g & 255) << 8) | (b & 255);
  return 4;
}

function intern(style: Style): number {
  const key = `${style.flags},${style.fg},${style.bg}`;
  const known = byKey.get(key);
  if (known !== undefined) return known;
  if (styles.length >= MAX_STYLES) return 0;
  const id = styles.length;
  styles.push(style);
  sequences.push(sequenceOf(style));
  byKey.set(key, id);
  return id;
}

function sequenceOf({ flags, fg, bg }: Style): string {
  let text = '\x1b[0';
  for (const [code, flag] of Object.entries(FLAG_OF_SGR)) if (flags & flag) text += `;${code}`;
  return `${text}${colour(fg, 30)}${colour(bg, 40)}m`;
}

function colour(value: number, base: 30 | 40): string {
  if (value === 0) return '';
  if (value & RGB) return `;${base + 8};2;${(value >> 16) & 255};${(value >> 8) & 255};${value & 255}`;
  const index = value - 1;
  if (index < 8) return `;${base + index}`;
  if (index < 16) return `;${base + 52 + index}`;
  return `;${base + 8};5;${index}`;
}

const NAMES = ['black', 'red', 'green', 'yellow', 'blue', 'magenta', 'cyan', 'white'];

/** The style of Ink's colour props (names, '#rrggbb', 'gray'), as its Box and Text take them. */
export function styleOfProps(props: { color?: string; background?: string; isDim?: boolean }): number {
  let style = props.isDim === true ? applySgr(0, '2') : 0;
  if (props.color !== undefined) style = applySgr(style, parametersOf(props.color, 30));
  if (props.background !== undefined) style = applySgr(style, parametersOf(props.background, 40));
  return style;
}

function parametersOf(name: string, base: 30 | 40): string {
  if (name === 'gray' || name === 'grey' || name === 'blackBright') return String(base + 60);
  const hex = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(name);
  if (hex !== null)
    return `${base + 8};2;${hex
      .slice(1)
      .map((part) => Number.parseInt(part, 16))
      .join(';')}`;
  const index = NAMES.indexOf(name.replace(/Bright$/, ''));
  if (index < 0) return String(base + 9);
  return String(base + index + (name.endsWith('Bright') ? 60 : 0));
}
