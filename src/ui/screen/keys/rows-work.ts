/** Runs an engine call on rows without blocking: marks them busy, tells errors, takes the marks away. */
import { changeView } from '../state/moves.ts';
import { keptMarks, type Row, rowsOf } from '../state/rows.ts';
import type { ScreenState } from '../state/types.ts';
import type { Services } from './services.ts';

/** At most this many calls at a time. */
const MAX_PARALLEL = 8;

/** `verb` is shown beside each row while `call` is at work on it. */
export async function workOn(
  { store, notices, lists }: Services,
  rows: readonly Row[],
  verb: string,
  call: (row: Row) => Promise<unknown>,
): Promise<void> {
  if (rows.length === 0) return;
  const pane = rows[0]!.pane;
  const marked = marksOf(store.get(), rows);
  const setBusy = (targets: readonly string[], value: string | undefined) =>
    store.update(({ busy }) => {
      const next = new Map(busy);
      for (const target of targets) {
        if (value === undefined) next.delete(target);
        else next.set(target, value);
      }
      return { busy: next };
    });
  const free = rows.filter((row) => !store.get().busy.has(row.target));
  setBusy(
    free.map((row) => row.target),
    verb,
  );
  const queue = [...free];
  const work = async () => {
    for (let row = queue.shift(); row !== undefined; row = queue.shift()) {
      try {
        await call(row);
      } catch (error) {
        notices.error(`${verb} ${row.name}`, error);
      } finally {
        setBusy([row.target], undefined);
      }
    }
  };
  await Promise.all(Array.from({ length: MAX_PARALLEL }, work));
  // Marks that were set meanwhile are for what comes next.
  if (marked.size > 0)
    store.update((state) => {
      const left = [...keptMarks(state, pane)].filter((id) => !marked.has(id));
      return changeView(state, pane, { marks: new Set(left) });
    });
  lists.refresh([pane]);
}

/** The marks that an action on `rows` is for, those of shown rows on which there is nothing to do included. */
function marksOf(state: ScreenState, rows: readonly Row[]): ReadonlySet<string> {
  const { pane } = rows[0]!;
  const { marks } = state.views[pane];
  if (!rows.every(({ id }) => marks.has(id))) return new Set();
  return new Set([...rowsOf(state, pane), ...rows].map(({ id }) => id).filter((id) => marks.has(id)));
}
