/** Which logs the details show: the one of the container under the cursor, or several as one. Pure. */
import { revealContainer } from './moves.ts';
import { currentContainer } from './rows.ts';
import { showTab } from './terminals.ts';
import type { ScreenState } from './types.ts';

/** Shows these logs, together when they are several; the cursor goes to the first. */
export function showLogs(
  state: ScreenState,
  ids: readonly string[],
): Partial<ScreenState> & Pick<ScreenState, 'log'> {
  const cursorId = ids[0];
  return {
    focus: 'details',
    ...revealContainer(state, cursorId),
    ...showTab({ ...state, listPane: 'containers' }, 'logs'),
    log: { ...state.log, bottom: undefined, merged: ids.length > 1 ? { ids, cursorId } : undefined },
  };
}

/** Ids of the containers whose logs are shown. */
export function logIds(state: ScreenState): readonly string[] {
  if (state.log.merged !== undefined) return state.log.merged.ids;
  const row = currentContainer(state);
  return row === undefined ? [] : [row.id];
}

/** Several logs are shown for as long as the cursor stays; the details follow it otherwise. */
export function keepMerged(state: ScreenState): Partial<ScreenState> {
  const { merged } = state.log;
  if (merged === undefined) return {};
  const isHere = state.listPane === 'containers' && currentContainer(state)?.id === merged.cursorId;
  return isHere ? {} : { log: { ...state.log, merged: undefined } };
}
