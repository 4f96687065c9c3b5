/** Questions to the person at the screen. */
import type { Store } from '../state/store.ts';
import type { Choice, Dialog } from '../state/types.ts';

export interface Dialogs {
  /** Resolves with the answer; Esc is no. */
  confirm(title: string, lines: readonly string[]): Promise<boolean>;
  /** Resolves with the key of a choice, undefined for no. The lines may be replaced while the question stands. */
  choose(question: Question): {
    answer: Promise<string | undefined>;
    setLines(lines: readonly string[]): void;
  };
  /** Resolves with the text, or undefined on Esc. */
  ask(title: string, initial: string, isSecret?: boolean): Promise<string | undefined>;
  /** Opens any dialog. */
  show(dialog: Dialog): void;
  close(): void;
}

export interface Question {
  title: string;
  lines: readonly string[];
  choices: readonly Choice[];
}

export function createDialogs(store: Store): Dialogs {
  const api: Dialogs = {
    confirm: async (title, lines) =>
      (await api.choose({ title, lines, choices: [{ key: 'y', label: 'yes' }] }).answer) !== undefined,
    choose(question) {
      let answer: (key: string | undefined) => void = () => undefined;
      const answered = new Promise<string | undefined>((resolve) => (answer = resolve));
      store.update(() => ({ dialog: { kind: 'confirm', ...question, answer } }));
      return {
        answer: answered,
        setLines: (lines) =>
          store.update(({ dialog }) =>
            dialog?.kind === 'confirm' && dialog.answer === answer ? { dialog: { ...dialog, lines } } : {},
          ),
      };
    },
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
  return api;
}
