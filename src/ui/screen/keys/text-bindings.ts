/** Keys of the texts of the details: inspect, env, top, diff, history, events. */
import { findInText, scrollTextBy } from '../state/texts.ts';
import type { Binding } from './binding.ts';
import type { Services } from './services.ts';
import { startEditing } from './start-editing.ts';

const scroll =
  (pages: number, rows = 0) =>
  (services: Services) => {
    const height = services.layout().contentRows;
    const delta = Number.isFinite(pages) ? Math.trunc(pages * height) + rows : pages;
    services.store.update((state) => scrollTextBy(state, delta));
  };

/** The next hit downwards (1) or upwards (-1). */
export function searchText(services: Services, step: 1 | -1) {
  const { store, notices } = services;
  const { search } = store.get().text;
  if (search === '') return startEditing(services, 'text-search');
  const found = findInText(store.get(), step);
  if (found === undefined) notices.info(`no ${step > 0 ? 'later' : 'earlier'} match of ${search}`);
  else store.update(() => found);
}

export const textBindings: readonly Binding[] = [
  { id: 'text-down', keys: ['j', 'down'], label: 'down', places: ['text'], run: scroll(0, 1) },
  { id: 'text-up', keys: ['k', 'up'], label: 'up', places: ['text'], run: scroll(0, -1) },
  {
    id: 'text-page-down',
    keys: ['pagedown', 'space'],
    label: 'page down',
    places: ['text'],
    run: scroll(1, -1),
  },
  { id: 'text-page-up', keys: ['pageup', 'b'], label: 'page up', places: ['text'], run: scroll(-1, 1) },
  { id: 'text-half-down', keys: ['ctrl+d'], label: 'half a page down', places: ['text'], run: scroll(0.5) },
  { id: 'text-half-up', keys: ['ctrl+u'], label: 'half a page up', places: ['text'], run: scroll(-0.5) },
  {
    id: 'text-top',
    keys: ['g', 'home'],
    label: 'first line',
    places: ['text'],
    run: scroll(Number.NEGATIVE_INFINITY),
  },
  {
    id: 'text-bottom',
    keys: ['G', 'end'],
    label: 'last line',
    places: ['text'],
    run: scroll(Number.POSITIVE_INFINITY),
  },
  {
    id: 'text-search',
    keys: ['/'],
    label: 'search',
    places: ['text'],
    hint: 4,
    run: (services) => startEditing(services, 'text-search'),
  },
  {
    id: 'text-next',
    keys: ['n'],
    label: 'next hit',
    places: ['text'],
    run: (services) => searchText(services, 1),
  },
  {
    id: 'text-previous',
    keys: ['N'],
    label: 'previous hit',
    places: ['text'],
    run: (services) => searchText(services, -1),
  },
  {
    id: 'text-wrap',
    keys: ['w'],
    label: 'wrap long lines, or cut them',
    hintLabel: 'wrap',
    places: ['text'],
    hint: 5,
    run: ({ store }) =>
      store.update(({ text }) => ({ text: { ...text, isWrapped: !text.isWrapped, hit: undefined } })),
  },
];
