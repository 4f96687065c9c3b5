/** Questions to the person at the screen. One that comes late never takes the keys meant for another. */
import { isTyping } from '../state/attention.ts';
import type { Store } from '../state/store.ts';
import type { Choice, Dialog } from '../state/types.ts';

export interface Dialogs {
  /** Resolves with the answer; Esc is no. */
  confirm(title: string, lines: readonly string[]): Promise<boolean>;
  /** The same for a question that no key asks for at this moment: it is shown once the keys rest. */
  confirmLate(title: string, lines: readonly string[]): Promise<boolean>;
  /** Keys have come. */
  noteKeys(): void;
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

/** Keys that follow each other faster were not pressed in answer to what has come up between them. */
const REST_MS = 300;

const YES: readonly Choice[] = [{ key: 'y', label: 'yes' }];

type ConfirmDialog = Dialog & { kind: 'confirm' };

export interface Question {
  title: string;
  lines: readonly string[];
  choices: readonly Choice[];
}

export function createDialogs(store: Store): Dialogs {
  /** Dialogs that wait for their turn, oldest first. */
  const waiting: Dialog[] = [];
  let keysAt = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  const showNext = () => {
    clearTimeout(timer);
    if (waiting.length === 0 || isTyping(store.get())) return;
    const restMs = keysAt + REST_MS - performance.now();
    if (restMs > 0) timer = setTimeout(showNext, restMs).unref();
    else store.update(() => ({ dialog: waiting.shift()! }));
  };
  const offer = (dialog: Dialog) => {
    if (isTyping(store.get())) waiting.push(dialog);
    else store.update(() => ({ dialog }));
  };
  store.subscribe(showNext);
  const api: Dialogs = {
    confirm: async (title, lines) => (await api.choose({ title, lines, choices: YES }).answer) !== undefined,
    confirmLate: (title, lines) =>
      new Promise((resolve) => {
        const answer = (key: string | undefined) => resolve(key !== undefined);
        waiting.push({ kind: 'confirm', title, lines, choices: YES, answer });
        showNext();
      }),
    noteKeys() {
      keysAt = performance.now();
    },
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
