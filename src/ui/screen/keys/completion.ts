/** Completes a command line: verbs first, then names of objects. Pure. */
import { containerName, plain } from '../state/rows.ts';
import type { Editing, ScreenState } from '../state/types.ts';

/** What Docker's command line calls things, in the order of use. */
const VERBS =
  'run exec ps build pull push images login logout search version info attach commit cp create diff events export history import inspect kill load logs pause port rename restart rm rmi save start stats stop tag top unpause update wait container image network system volume'.split(
    ' ',
  );
const NOUNS: Readonly<Record<string, string>> = {
  container:
    'attach commit cp create diff exec export inspect kill logs ls pause port prune rename restart rm run start stats stop top unpause update wait',
  image: 'build history import inspect load ls prune pull push rm save tag',
  volume: 'create inspect ls prune rm',
  network: 'connect create disconnect inspect ls prune rm',
  system: 'df events info prune check',
};
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
  if (first === undefined) return VERBS;
  const nouns = NOUNS[first];
  if (nouns !== undefined && second === undefined) return nouns.split(' ');
  const { lists } = state;
  const images = lists.images.flatMap((item) => item.RepoTags.map(plain));
  const containers = lists.containers.map(containerName);
  if (first === 'image' || IMAGE_VERBS.has(second !== undefined && nouns !== undefined ? second : first))
    return images;
  if (first === 'volume') return lists.volumes.map((item) => plain(item.Name));
  if (first === 'network') return lists.networks.map((item) => plain(item.Name));
  return first === 'inspect' ? [...containers, ...images] : containers;
}
