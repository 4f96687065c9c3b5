/** Toasts: short notices that go by themselves; errors stay longer and can be opened. */
import { codeOf, EngineError, messageOf } from '../../../engine/index.ts';
import type { Store } from '../state/store.ts';
import type { Toast } from '../state/types.ts';
import { withShortIds } from '../widgets/narrow.ts';

const INFO_MS = 3000;
const ERROR_MS = 8000;
const MAX_TOASTS = 4;

export interface Notices {
  info(text: string): void;
  /** Shows what went wrong and, when known, what to do. Cancelled work is no error. */
  error(what: string, error: unknown): void;
}

export function createNotices(store: Store): Notices {
  let lastId = 0;
  const add = (level: 'info' | 'error', text: string, hint?: string) => {
    lastId += 1;
    const id = lastId;
    const lengthMs = level === 'info' ? INFO_MS : ERROR_MS;
    const toast = {
      id,
      level,
      text: oneLine(text),
      hint: hint === undefined ? undefined : oneLine(hint),
      until: Date.now() + lengthMs,
    };
    // What is said again stays longer, it does not pile up.
    const isSame = (other: Toast) => other.level === level && other.text === toast.text;
    store.update(({ toasts }) => ({
      toasts: [...toasts.filter((other) => !isSame(other)), toast].slice(-MAX_TOASTS),
    }));
    setTimeout(
      () => store.update(({ toasts }) => ({ toasts: toasts.filter((other) => other.id !== id) })),
      lengthMs,
    ).unref();
  };
  return {
    info: (text) => add('info', text),
    error(what, error) {
      if (codeOf(error) === 'CANCELED') return add('info', `${what}: canceled`);
      add('error', `${what}: ${messageOf(error)}`, error instanceof EngineError ? error.hint : undefined);
    },
  };
}

const oneLine = (text: string): string => withShortIds(text.replace(/[\x00-\x1f\x7f-\x9f]+/g, ' ').trim());
