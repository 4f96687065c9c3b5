/** Completes a command line: verbs first, then names of the objects that the verb takes, and its flags. Pure. */
import type { Flag } from '../../cli/flags.ts';
import { findVerb, GROUPS, VERBS, type VerbEntry } from '../../cli/verb-table.ts';
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

type Kind = 'containers' | 'images' | 'volumes' | 'networks';

const kindsOf = (kind: Kind, verbs: string): [string, readonly Kind[]][] =>
  verbs.split(' ').map((verb) => [verb.replace('-', ' '), [kind]]);

/** What a verb's arguments are, by its first spelling ('network-rm'); others take no names. */
const ARGUMENTS: ReadonlyMap<string, readonly Kind[]> = new Map([
  ...kindsOf(
    'containers',
    'attach commit cp diff exec export kill logs pause port rename restart rm start stats stop top unpause update wait',
  ),
  ...kindsOf('containers', 'container-inspect'),
  ...kindsOf('images', 'create history images pull push rmi run tag image-inspect'),
  ...kindsOf('volumes', 'volume-inspect volume-rm'),
  ...kindsOf('networks', 'network-inspect network-rm'),
  ['network connect', ['networks', 'containers']],
  ['network disconnect', ['networks', 'containers']],
  ['inspect', ['containers', 'images', 'volumes', 'networks']],
]);

/** Flags of `run` and `create` whose value is the name of an object. */
const VALUES: Readonly<Record<string, Kind>> = {
  '-v': 'volumes',
  '--volume': 'volumes',
  '--net': 'networks',
  '--network': 'networks',
  '--link': 'containers',
  '--volumes-from': 'containers',
};

/** The verb whose flags the word before the cursor asks for, when it begins with '-'. */
export function verbOfFlag({ edit: { text, at }, choices }: Editing): VerbEntry | undefined {
  const before = text.slice(0, at);
  if (choices !== undefined || !/\s-\S*$/.test(before)) return undefined;
  return findVerb(wordsOf(before.replace(/\S*$/, '')))?.entry;
}

/** The line with the next (1) or previous (-1) completion of the word before the cursor; `flags`: those of its verb. */
export function complete(
  state: ScreenState,
  editing: Editing,
  step: 1 | -1,
  flags: readonly Flag[] = [],
): Editing {
  const { text, at } = editing.edit;
  const rest = text.slice(at);
  const before = text.slice(0, at);
  const start = before.search(/\S*$/);
  const word = before.slice(start);
  const known = word.startsWith('-') ? flagNames(flags) : wordsFor(state, wordsOf(before.slice(0, start)));
  const items = editing.choices?.items ?? known.filter((one) => one.startsWith(word) && one !== word);
  if (items.length === 0) return editing;
  const index =
    editing.choices === undefined
      ? step > 0
        ? 0
        : items.length - 1
      : (editing.choices.index + step + items.length) % items.length;
  const line = before.slice(0, start) + (items.length === 1 ? `${items[0]} ` : items[index]!);
  const choices = items.length === 1 ? undefined : { items, index };
  return { ...editing, edit: { text: line + rest, at: line.length }, choices };
}

/** Long names of flags that are shown in the help. */
const flagNames = (flags: readonly Flag[]): string[] =>
  flags
    .filter(({ isHidden, isUnsupported }) => isHidden !== true && isUnsupported !== true)
    .map(({ name }) => `--${name}`)
    .toSorted();

const wordsOf = (text: string): string[] =>
  text
    .trim()
    .split(/\s+/)
    .filter((one, index) => one !== '' && !(index === 0 && (one === 'docker' || one === 'boxtop')));

function wordsFor(state: ScreenState, words: readonly string[]): string[] {
  const [first] = words;
  if (first === undefined) return [...WORDS];
  const nouns = NOUNS[first];
  if (nouns !== undefined && words.length === 1) return [...nouns];
  const found = findVerb(words);
  if (found === undefined) return [];
  const verb = found.entry.spellings[0]!;
  const value = verb === 'run' || verb === 'create' ? VALUES[words.at(-1)!] : undefined;
  const kinds = value === undefined ? ARGUMENTS.get(verb) : [value];
  return (kinds ?? []).flatMap((kind) => namesOf(state, kind));
}

function namesOf({ lists }: ScreenState, kind: Kind): string[] {
  switch (kind) {
    case 'containers':
      return lists.containers.map(containerName);
    case 'images':
      return lists.images.flatMap((item) => item.RepoTags.map(plain));
    case 'volumes':
      return lists.volumes.map((item) => plain(item.Name));
    case 'networks':
      return lists.networks.map((item) => plain(item.Name));
  }
}
