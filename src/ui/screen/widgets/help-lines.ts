/** The help: every key, those that hold where one is first, and what the signs of the list mean. Pure. */
import type { Binding, Place } from '../keys/binding.ts';
import { BOARD_HINTS } from '../keys/board-keys.ts';
import { placesOf } from '../keys/places.ts';
import { keyLabel, keyTable } from '../keys/table.ts';
import { LEGEND } from '../panes/container-status.ts';
import type { ScreenState } from '../state/types.ts';
import { fitStyled, fitText, styledWidth } from './fit.ts';
import { theme } from './theme.ts';

const PLACES: readonly [Place, string][] = [
  ['global', 'Everywhere'],
  ['details', 'Details'],
  ['list', 'Lists'],
  ['containers', 'Containers'],
  ['images', 'Images'],
  ['volumes', 'Volumes'],
  ['networks', 'Networks'],
  ['logs', 'Logs'],
  ['text', 'Texts'],
  ['terminal', 'Terminal tab'],
];

const KEYS_WIDTH = 14;
const GAP = '   ';
/** Two columns need this much: a label is seldom longer. */
const MIN_TWO_COLUMNS = 104;

interface Section {
  title: string;
  lines: readonly string[];
}

const line = (keys: string, label: string): string => `  ${theme.cyan(fitText(keys, KEYS_WIDTH))} ${label}`;

function sectionOf(state: ScreenState, place: Place, title: string): Section {
  const isOffered = (binding: Binding) => binding.isOnlyOffered !== true || binding.when?.(state) === true;
  const bindings = keyTable.filter((binding) => binding.places.includes(place) && isOffered(binding));
  const lines = bindings.map(({ keys, label }) => line(keys.map(keyLabel).join(' '), label));
  const own = place === 'terminal' ? [line('^P ^Q', 'leave the terminal; its program goes on')] : [];
  return { title, lines: [...lines, ...own] };
}

/** What can be done here comes first. */
function sectionsFor(state: ScreenState): readonly Section[] {
  const here = placesOf(state);
  const rank = (place: Place) => (here.includes(place) ? here.indexOf(place) : here.length);
  const places = PLACES.toSorted(([a], [b]) => rank(a) - rank(b));
  const sections = places
    .map(([place, title]) => sectionOf(state, place, title))
    .filter(({ lines }) => lines.length > 0);
  const signs = LEGEND.map(
    ({ glyph, paint, meaning }) => `  ${paint(glyph)}${' '.repeat(KEYS_WIDTH)}${meaning}`,
  );
  const board = BOARD_HINTS.map(({ key, label }) => line(key, label));
  const legend: Section = { title: 'Signs before containers', lines: signs };
  const at = here.includes('containers') ? 1 : sections.length;
  return [
    ...sections.slice(0, at),
    legend,
    ...sections.slice(at),
    { title: 'Stats table (S)', lines: board },
  ];
}

const linesOf = ({ title, lines }: Section): string[] => [theme.bold(title), ...lines, ''];

/** One column of sections, or two of about the same height where `width` cells allow it. */
export function helpLines(state: ScreenState, width: number): string[] {
  const sections = sectionsFor(state);
  const all = sections.flatMap(linesOf);
  if (width < MIN_TWO_COLUMNS) return all;
  const left: string[] = [];
  const rest = [...sections];
  while (rest.length > 0 && left.length + rest[0]!.lines.length / 2 < all.length / 2)
    left.push(...linesOf(rest.shift()!));
  const right = rest.flatMap(linesOf);
  const leftWidth = Math.max(...left.map(styledWidth));
  return Array.from({ length: Math.max(left.length, right.length) }, (_, index) =>
    `${fitStyled(left[index] ?? '', leftWidth)}${GAP}${right[index] ?? ''}`.trimEnd(),
  );
}
