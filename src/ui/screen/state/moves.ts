/** Pure changes of focus, cursor, marks, tabs and dialogs. */
import { currentRow, cursorOf, isListPane, keptMarks, rowsOf } from './rows.ts';
import { LIST_PANES, type ListPane, type ListView, type Pane, type ScreenState } from './types.ts';

type Parts = Partial<ScreenState>;

/** Changes one list's view. */
export function changeView(state: ScreenState, pane: ListPane, parts: Partial<ListView>): Parts {
  return { views: { ...state.views, [pane]: { ...state.views[pane], ...parts } } };
}

/** Moves the cursor of the current list by `delta` rows; ±Infinity goes to an end. */
export function moveCursor(state: ScreenState, delta: number): Parts {
  const pane = state.listPane;
  const rows = rowsOf(state, pane);
  if (rows.length === 0) return {};
  const from = cursorOf(rows, state.views[pane]);
  return placeCursor(state, pane, Math.max(0, Math.min(rows.length - 1, from + delta)));
}

export function placeCursor(state: ScreenState, pane: ListPane, index: number): Parts {
  const row = rowsOf(state, pane)[index];
  return row === undefined
    ? {}
    : changeView(state, pane, { cursor: index, cursorId: row.id, awaitedId: undefined });
}

/** Puts the cursor of the containers on one of them; a filter that hides it, or the view of running ones only, ends. */
export function revealContainer(state: ScreenState, id: string | undefined): Parts {
  const isShown = rowsOf(state, 'containers').some((row) => row.id === id);
  const filter = isShown ? state.views.containers.filter : '';
  return {
    listPane: 'containers',
    isAllShown: isShown ? state.isAllShown : true,
    ...changeView(state, 'containers', { cursorId: id, awaitedId: undefined, filter }),
  };
}

/** Ties the cursor to the row it is on, so that it stays there when others come and go. */
export function pinCursor(state: ScreenState): Parts {
  const pane = state.listPane;
  const rows = rowsOf(state, pane);
  const { awaitedId } = state.views[pane];
  const awaited = awaitedId === undefined ? -1 : rows.findIndex(({ id }) => id === awaitedId);
  if (awaited >= 0) return placeCursor(state, pane, awaited);
  const index = cursorOf(rows, state.views[pane]);
  const { cursor, cursorId } = state.views[pane];
  if (rows[index] === undefined || (cursor === index && cursorId === rows[index].id)) return {};
  return changeView(state, pane, { cursor: index, cursorId: rows[index].id });
}

/** Forgets marks of rows that are gone, but never all: then the keys would act on the cursor's row, which nobody has marked. */
export function keepMarks(state: ScreenState): Parts {
  const { marks } = state.views[state.listPane];
  const kept = keptMarks(state, state.listPane);
  return kept === marks || kept.size === 0 ? {} : changeView(state, state.listPane, { marks: kept });
}

/** A change of what is shown that was asked for: the cursor goes along, and is where the person expects it. */
export function withCursor(state: ScreenState, parts: Parts): Parts {
  const next = { ...state, ...parts };
  return { ...parts, ...pinCursor(next) };
}

/** Gives a list, or the details, the focus; a filter that is being typed is of its list. */
export function focusPane({ listPane, editing }: ScreenState, pane: Pane): Parts {
  if (!isListPane(pane)) return { focus: pane };
  const isLeft = pane !== listPane && editing?.what === 'filter';
  return { focus: pane, listPane: pane, isTerminalFocused: false, ...(isLeft && { editing: undefined }) };
}

/** The next (1) or previous (-1) pane. */
export function cyclePane(state: ScreenState, step: 1 | -1): Parts {
  const panes: readonly Pane[] = [...LIST_PANES, 'details'];
  const at = panes.indexOf(state.focus);
  return focusPane(state, panes[(at + step + panes.length) % panes.length]!);
}

/** Marks the row under the cursor, or takes its mark away, and goes on to the next. */
export function toggleMark(state: ScreenState): Parts {
  const row = currentRow(state);
  if (row === undefined) return {};
  const marks = new Set(state.views[state.listPane].marks);
  if (!marks.delete(row.id)) marks.add(row.id);
  const marked = { ...state, ...changeView(state, state.listPane, { marks }) };
  return { views: { ...marked.views, ...moveCursor(marked, 1).views } };
}

/** Esc: closes what was opened last. Undefined when there is nothing to close. */
export function goBack(state: ScreenState): Parts | undefined {
  const view = state.views[state.listPane];
  if (state.toasts.some((toast) => toast.level === 'error')) return { toasts: [] };
  if (state.focus === 'details') {
    if (state.log.mark !== undefined) return { log: { ...state.log, mark: undefined } };
    if (state.text.search !== '') return { text: { ...state.text, search: '', hit: undefined } };
    if (state.log.search !== '' || state.log.filter !== '')
      return { log: { ...state.log, search: '', filter: '', hit: undefined } };
    if (state.log.merged !== undefined) return { log: { ...state.log, merged: undefined } };
    return { focus: state.listPane, isZoomed: false };
  }
  if (state.isZoomed) return { isZoomed: false };
  if (view.marks.size > 0) return changeView(state, state.listPane, { marks: new Set() });
  if (view.filter !== '') return changeView(state, state.listPane, { filter: '' });
  return undefined;
}
