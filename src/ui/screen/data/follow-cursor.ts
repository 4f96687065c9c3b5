/** Details follow the cursor: tells the feeds which object is looked at. */
import type { Services } from '../keys/services.ts';
import { currentTab } from '../state/moves.ts';
import { currentContainer, currentRow } from '../state/rows.ts';

export function followCursor({ store, log, documents, lists }: Services): void {
  const follow = () => {
    const state = store.get();
    if (currentTab(state) === 'logs') log.show(currentContainer(state)?.id);
    documents.follow();
  };
  store.onFrame(follow);
  lists.onEvent((event) => {
    if (event.Type === 'container' && event.Action === 'start') log.reopen(event.Actor.ID);
    const row = currentRow(store.get());
    if (row !== undefined && event.Actor.ID === (row.pane === 'images' ? row.item.Id : row.id))
      documents.refresh();
  });
}
