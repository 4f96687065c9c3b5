/** Questions to the person at the screen. */
import type { Store } from '../state/store.ts';
import type { Dialog } from '../state/types.ts';

export interface Dialogs {
  /** Resolves with the answer; Esc is no. */
  confirm(title: string, lines: readonly string[]): Promise<boolean>;
  /** Resolves with the text, or undefined on Esc. */
  ask(title: string, initial: string, isSecret?: boolean): Promise<string | undefined>;
  /** Opens any dialog. */
  show(dialog: Dialog): void;
  close(): void;
}

export function createDialogs(store: Store): Dialogs {
  return {
    confirm: (title, lines) =>
      new Promise((resolve) =>
        store.update(() => ({ dialog: { kind: 'confirm', title, lines, answer: resolve } })),
      ),
    ask: (title, initial, isSecret = false) =>
      new Promise((resolve) =>
        store.update(() => ({
          dialog: {
            kind: 'prompt',
            title,
            edit: { text: initial, at: initial.length },
            isSecret,
            answer: resolve,
          },
        })),
      ),
    show: (dialog) => store.update(() => ({ dialog })),
    close: () => store.update(() => ({ dialog: undefined })),
  };
}
