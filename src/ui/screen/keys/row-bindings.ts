/** What bindings of several lists have in common. */
import { focusPane } from '../state/moves.ts';
import { chosenRows, currentRow } from '../state/rows.ts';
import { showTab } from '../state/terminals.ts';
import type { ScreenState, Tab } from '../state/types.ts';
import type { Services } from './services.ts';

/** For what is done to the row under the cursor. */
export const hasRow = (state: ScreenState): true | string =>
  currentRow(state) !== undefined || 'nothing is under the cursor';

/** For what is done to the marked rows, if there are any. */
export const hasChosen = (state: ScreenState): true | string => {
  if (chosenRows(state).length > 0) return true;
  const isMarked = state.views[state.listPane].marks.size > 0;
  return isMarked
    ? 'what is marked is gone or hidden: Esc takes the marks away'
    : 'nothing is under the cursor';
};

export const openTab =
  (tab: Tab) =>
  ({ store }: Services) =>
    store.update((state) => ({ ...showTab(state, tab), ...focusPane(state, 'details') }));
