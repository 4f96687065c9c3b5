/** Keys while a line is typed at the bottom: filter, search, command. */
import { runCommandLine } from '../data/command-io.ts';
import type { Input } from '../input/parse-keys.ts';
import { changeView, withCursor } from '../state/moves.ts';
import type { Editing, ScreenState } from '../state/types.ts';
import { complete, verbOfFlag } from './completion.ts';
import { findInLog } from './detail-bindings.ts';
import { editLine } from './line-edit.ts';
import type { Services } from './services.ts';
import { searchText } from './text-bindings.ts';

export function onEditingInput(services: Services, editing: Editing, input: Input) {
  if (input.kind === 'key') {
    if (input.key === 'esc' || input.key === 'ctrl+c') return leave(services, editing);
    if (input.key === 'enter') return submit(services, editing);
    if (editing.what === 'command' && onCommandKey(services, editing, input.key)) return;
    if (input.key === 'backspace' && editing.edit.text === '') return leave(services, editing);
  }
  const edit = editLine(editing.edit, input);
  if (edit !== undefined)
    services.store.update((state) => ({
      ...typed(state, editing, edit.text),
      editing: { what: editing.what, edit },
    }));
}

/** Filters and searches show while they are typed. */
function typed(state: ScreenState, { what }: Editing, text: string): Partial<ScreenState> {
  if (what === 'filter')
    return withCursor(state, changeView(state, state.listPane, { filter: text, cursor: 0 }));
  if (what === 'search') return { log: { ...state.log, search: text, hit: undefined } };
  if (what === 'text-search') return { text: { ...state.text, search: text, hit: undefined } };
  if (what === 'log-filter') return { log: { ...state.log, filter: text } };
  return {};
}

function leave({ store }: Services, editing: Editing): void {
  store.update((state) => ({
    ...(editing.what === 'command' ? {} : typed(state, editing, '')),
    editing: undefined,
  }));
}

function submit(services: Services, { what, edit }: Editing) {
  services.store.update(() => ({ editing: undefined }));
  if (what === 'search' && edit.text !== '') findInLog(services, -1);
  if (what === 'text-search' && edit.text !== '') searchText(services, 1);
  if (what !== 'command') return;
  const line = edit.text.trim();
  if (line === '') return;
  services.history.add(line);
  if (line === 'q' || line === 'quit') return services.quit(0);
  if (line === 'help') return services.dialogs.show({ kind: 'help', top: 0 });
  runCommandLine(line, services).catch((error: unknown) => services.notices.error(line, error));
}

/** History and completion. True when the key was taken. */
function onCommandKey(services: Services, editing: Editing, key: string): boolean {
  const { store, history } = services;
  if (key === 'tab' || key === 'shift+tab') {
    completeLine(services, editing, key === 'tab' ? 1 : -1);
    return true;
  }
  const step = key === 'up' || key === 'ctrl+p' ? -1 : key === 'down' || key === 'ctrl+n' ? 1 : 0;
  if (step === 0) return false;
  const entries = history.entries();
  const index = Math.max(0, Math.min(entries.length, (editing.historyIndex ?? entries.length) + step));
  const text = entries[index] ?? '';
  store.update(() => ({
    editing: { ...editing, edit: { text, at: text.length }, historyIndex: index, choices: undefined },
  }));
  return true;
}

/** Flags are known once their verb is loaded; what is typed meanwhile wins. */
function completeLine({ store, notices }: Services, editing: Editing, step: 1 | -1): void {
  const verb = verbOfFlag(editing);
  if (verb === undefined) {
    store.update((state) => ({ editing: complete(state, editing, step) }));
    return;
  }
  verb.load().then(
    ({ command }) =>
      store.update((state) =>
        state.editing === editing ? { editing: complete(state, editing, step, command.flags) } : {},
      ),
    (error: unknown) => notices.error('completion', error),
  );
}
