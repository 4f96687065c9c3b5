/** Completes a command line: verbs first, then names of objects. Pure. */
import { GROUPS, VERBS } from '../../cli/verb-table.ts';
import { containerName, plain } from '../state/rows.ts';
import type { Editing, ScreenState } from '../state/types.ts';

/** Offered first, in the order of use; the others as the table of verbs has them. */
const FIRST =
  'run exec ps build pull push images stats logs login logout version info attach commit cp create diff events'.split(
    ' ',
  );

const rank = (word: string): number => (FIRST.includes(word) ? FIRST.indexOf(word) : FIRST.length);

const SPELLINGS = VERBS.flatMap(({ spellings }) => spellings.map((spelling) => spelling.split(' ')));

/** First words of command lines. */
const WORDS: readonly string[] = [...new Set(SPELLINGS.map(([first]) => first!))].toSorted(
  (a, b) => rank(a) - rank(b),
);

/** What may follow 'container', 'image', …. */
const NOUNS: Readonly<Record<string, readonly string[]>> = Object.fromEntries(
  Object.keys(GROUPS).map((noun) => [
    noun,
    SPELLINGS.flatMap(([first, second]) =>
      first === noun && second !== undefined ? [second] : [],
    ).toSorted(),
  ]),
);
const IMAGE_VERBS = new Set('run create pull push rmi tag history save'.split(' '));

/** The line with the next (1) or previous (-1) completion of the word before the cursor. */
export function complete(state: ScreenState, editing: Editing, step: 1 | -1): Editing {
  const { text, at } = editing.edit;
  const rest = text.slice(at);
  const before = text.slice(0, at);
  const start = before.search(/\S*$/);
  const items = editing.choices?.items ?? candidates(state, before.slice(0, start), before.slice(start));
  if (items.length === 0) return editing;
  const index =
    editing.choices === undefined
      ? step > 0
        ? 0
        : items.length - 1
      : (editing.choices.index + step + items.length) % items.length;
  const word = items.length === 1 ? `${items[0]} ` : items[index]!;
  const line = before.slice(0, start) + word;
  const choices = items.length === 1 ? undefined : { items, index };
  return { ...editing, edit: { text: line + rest, at: line.length }, choices };
}

function candidates(state: ScreenState, before: string, word: string): string[] {
  const words = before
    .trim()
    .split(/\s+/)
    .filter((one) => one !== '' && one !== 'docker' && one !== 'boxtop');
  return wordsFor(state, words).filter((one) => one.startsWith(word) && one !== word);
}

function wordsFor(state: ScreenState, words: readonly string[]): string[] {
  const [first, second] = words;
  if (first === undefined) return [...WORDS];
  const nouns = NOUNS[first];
  if (nouns !== undefined && second === undefined) return [...nouns];
  const { lists } = state;
  const images = lists.images.flatMap((item) => item.RepoTags.map(plain));
  const containers = lists.containers.map(containerName);
  if (first === 'image' || IMAGE_VERBS.has(second !== undefined && nouns !== undefined ? second : first))
    return images;
  if (first === 'volume') return lists.volumes.map((item) => plain(item.Name));
  if (first === 'network') return lists.networks.map((item) => plain(item.Name));
  return first === 'inspect' ? [...containers, ...images] : containers;
}
