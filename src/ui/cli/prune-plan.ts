/** What a prune would take, as lines of a question. Pure. */
import type { PruneKind, PrunePlan } from '../../engine/index.ts';
import { humanSize } from '../format/units.ts';
import type { About } from './io.ts';

/** So many objects are named one by one. */
const MAX_LINES = 10;

const NOUNS: Readonly<Record<PruneKind, string>> = {
  container: 'containers',
  network: 'networks',
  volume: 'volumes',
  image: 'images',
  builder: 'build cache',
};

/** Undefined when nothing would go. */
export function aboutPrune(plans: readonly PrunePlan[]): About | undefined {
  const going = plans.filter(({ Items }) => Items.length > 0);
  const [first, ...others] = going;
  if (first === undefined) return undefined;
  const items = going.flatMap(({ Kind, Items }) => Items.map(({ Name }) => `${Kind} ${Name}`));
  if (others.length > 0 || plans.length > 1)
    return { title: 'Prune: this goes', lines: kindLines(going), items };
  return { title: `Prune ${NOUNS[first.Kind]}: this goes`, lines: itemLines(first), items };
}

/** An object a line, with what it takes alone, and what all give back together. */
function itemLines({ Items, Size }: PrunePlan): string[] {
  const shown = Items.length > MAX_LINES ? Items.slice(0, MAX_LINES - 1) : Items;
  const width = (texts: string[]) => Math.max(...texts.map(({ length }) => length));
  const nameWidth = width(shown.map(({ Name }) => Name));
  const detailWidth = width(shown.map(({ Detail = '' }) => Detail));
  const lines = shown.map(({ Name, Detail = '', Size: own }) => {
    const size = own === undefined ? '' : humanSize(own, 3).padStart(7);
    const detail = detailWidth === 0 ? '' : `${Detail.padEnd(detailWidth)}  `;
    return `${Name.padEnd(nameWidth)}  ${detail}${size}`.trimEnd();
  });
  if (shown.length < Items.length) lines.push(`… and ${Items.length - shown.length} more`);
  const isMeasured = Items.some(({ Size: own }) => own !== undefined);
  return [...lines, '', totalLine(Items.length, isMeasured ? Size : 0)];
}

/** A kind a line: how many, how much, the first names. */
function kindLines(plans: readonly PrunePlan[]): string[] {
  const lines = plans.map(({ Kind, Items, Size }) => {
    const amount = Size > 0 ? humanSize(Size, 3) : '';
    const names = Kind === 'builder' ? '' : namesText(Items.map(({ Name }) => Name));
    return `${NOUNS[Kind].padEnd(11)} ${String(Items.length).padStart(5)} ${amount.padStart(7)}  ${names}`.trimEnd();
  });
  const all = plans.reduce((sum, { Items }) => sum + Items.length, 0);
  const bytes = plans.reduce((sum, { Size }) => sum + Size, 0);
  return [...lines, '', totalLine(all, bytes)];
}

const totalLine = (count: number, bytes: number): string =>
  `${count === 1 ? '1 object' : `${count} objects`}${bytes > 0 ? `, ${humanSize(bytes)} to reclaim` : ''}`;

/** As many as fit in some 40 characters. */
function namesText(names: readonly string[]): string {
  const shown: string[] = [];
  for (const name of names) {
    if (shown.length > 0 && [...shown, name].join(', ').length > 40) break;
    shown.push(name);
  }
  const more = names.length - shown.length;
  return `${shown.join(', ')}${more > 0 ? ` and ${more} more` : ''}`;
}
