/** Details follow the cursor: tells the feeds which object is looked at. */
import type { Services } from '../keys/services.ts';
import { keepMerged, logIds } from '../state/logs.ts';
import { keepMarks, pinCursor } from '../state/moves.ts';
import { currentRow } from '../state/rows.ts';
import { currentTab } from '../state/terminals.ts';

export function followCursor({ store, log, documents, lists, sessions, layout }: Services): void {
  const follow = () => {
    store.update(pinCursor);
    store.update(keepMarks);
    store.update(keepMerged);
    const state = store.get();
    if (currentTab(state) === 'logs') log.show(logIds(state));
    documents.follow();
    for (const { id, containerId, state: end } of state.terminals) {
      // What it ended with was told; with its container gone nobody can get at it.
      if (end === 'exited' && !state.lists.containers.some((item) => item.Id === containerId))
        void sessions.close(id);
    }
    const { details, contentColumns, contentRows } = layout();
    if (details.width > 0) sessions.resizeAll(contentColumns, contentRows);
  };
  store.onFrame(follow);
  lists.onEvent((event) => {
    if (event.Type === 'container' && event.Action === 'start') log.reopen(event.Actor.ID);
    const row = currentRow(store.get());
    if (row !== undefined && event.Actor.ID === (row.pane === 'images' ? row.item.Id : row.id))
      documents.refresh();
  });
}
