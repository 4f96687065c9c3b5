/** What bindings of several lists have in common. */
import { focusPane } from '../state/moves.ts';
import { chosenRows } from '../state/rows.ts';
import { showTab } from '../state/terminals.ts';
import type { ScreenState, Tab } from '../state/types.ts';
import type { Services } from './services.ts';

export const hasRow = (state: ScreenState): true | string =>
  chosenRows(state).length > 0 || 'nothing is under the cursor';
export const openTab =
  (tab: Tab) =>
  ({ store }: Services) =>
    store.update((state) => ({ ...showTab(state, tab), ...focusPane(state, 'details') }));
