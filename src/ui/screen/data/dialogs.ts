/** Questions to the person at the screen. One that comes late never takes the keys meant for another. */
import { isTyping } from '../state/attention.ts';
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
  /** Opens any dialog, for a key that was pressed. */
  show(dialog: Dialog): void;
  /** Opens a dialog that comes by itself, once nothing else is being answered or typed. */
  offer(dialog: Dialog): void;
  close(): void;
}

type ConfirmDialog = Dialog & { kind: 'confirm' };

export interface Question {
  title: string;
  lines: readonly string[];
  choices: readonly Choice[];
}

export function createDialogs(store: Store): Dialogs {
  /** Dialogs that wait for their turn, oldest first. */
  const waiting: Dialog[] = [];
  const offer = (dialog: Dialog) => {
    if (waiting.length > 0 || isTyping(store.get())) waiting.push(dialog);
    else store.update(() => ({ dialog }));
  };
  store.subscribe(() => {
    if (waiting.length > 0 && !isTyping(store.get())) store.update(() => ({ dialog: waiting.shift()! }));
  });
  const api: Dialogs = {
    confirm: async (title, lines) =>
      (await api.choose({ title, lines, choices: [{ key: 'y', label: 'yes' }] }).answer) !== undefined,
    choose(question) {
      let answer: (key: string | undefined) => void = () => undefined;
      const answered = new Promise<string | undefined>((resolve) => (answer = resolve));
      let asked: ConfirmDialog = { kind: 'confirm', ...question, answer };
      offer(asked);
      return {
        answer: answered,
        setLines(lines) {
          const at = waiting.indexOf(asked);
          asked = { ...asked, lines };
          if (at >= 0) waiting[at] = asked;
          store.update(({ dialog }) =>
            dialog?.kind === 'confirm' && dialog.answer === answer ? { dialog: { ...dialog, lines } } : {},
          );
        },
      };
    },
    ask: (title, initial, isSecret = false) =>
      new Promise((resolve) =>
        offer({
          kind: 'prompt',
          title,
          edit: { text: initial, at: initial.length },
          isSecret,
          answer: resolve,
        }),
      ),
    offer,
    show: (dialog) => store.update(() => ({ dialog })),
    close: () => store.update(() => ({ dialog: undefined })),
  };
  return api;
}
