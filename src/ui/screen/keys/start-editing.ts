/** Opens the line at the bottom of the screen. */
import type { Editing } from '../state/types.ts';
import type { Services } from './services.ts';

export function startEditing({ store }: Services, what: Editing['what']): void {
  store.update((state) => {
    const text = {
      filter: state.views[state.listPane].filter,
      search: '',
      'text-search': '',
      'log-filter': state.log.filter,
      command: '',
    }[what];
    return { editing: { what, edit: { text, at: text.length } } };
  });
}

/** Opens the command line with a beginning; `|` is where the cursor goes. */
export function startCommand({ store }: Services, beginning: string): void {
  const at = beginning.indexOf('|');
  const text = beginning.replace('|', '');
  store.update(() => ({ editing: { what: 'command', edit: { text, at: at < 0 ? text.length : at } } }));
}
