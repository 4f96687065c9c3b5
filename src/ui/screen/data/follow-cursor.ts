/** Details follow the cursor: tells the feeds which object is looked at. */
import type { Services } from '../keys/services.ts';
import { keepMerged, logIds } from '../state/logs.ts';
import { keepMarks, pinCursor } from '../state/moves.ts';
import { currentRow } from '../state/rows.ts';
import { currentTab } from '../state/terminals.ts';

export function followCursor({ store, log, documents, lists, sessions, layout }: Services): void {
  /** Containers of terminals that were listed once, or removed before they could be. */
  const known = new Set<string>();
  const follow = () => {
    store.update(pinCursor);
    store.update(keepMarks);
    store.update(keepMerged);
    const state = store.get();
    if (currentTab(state) === 'logs') log.show(logIds(state));
    documents.follow();
    for (const { id, containerId, state: end } of state.terminals) {
      if (state.lists.containers.some((item) => item.Id === containerId)) known.add(containerId);
      // What it ended with was told; with its container gone nobody can get at it. One that is not listed yet is still to come.
      else if (end === 'exited' && known.has(containerId)) void sessions.close(id);
    }
    const { details, contentColumns, contentRows } = layout();
    if (details.width > 0) sessions.resizeAll(contentColumns, contentRows);
  };
  store.onFrame(follow);
  lists.onEvent((event) => {
    if (event.Type === 'container' && event.Action === 'start') log.reopen(event.Actor.ID);
    const { terminals } = store.get();
    if (event.Action === 'destroy' && terminals.some(({ containerId }) => containerId === event.Actor.ID)) {
      known.add(event.Actor.ID);
      follow();
    }
    const row = currentRow(store.get());
    if (row !== undefined && event.Actor.ID === (row.pane === 'images' ? row.item.Id : row.id))
      documents.refresh();
  });
}
