/** What the keys are for at the moment. Pure. */
import type { ScreenState } from './types.ts';

/** True while an answer, a line or a terminal takes the keys: what comes by itself must not take them over. */
export const isTyping = ({ dialog, editing, isTerminalFocused }: ScreenState): boolean =>
  editing !== undefined ||
  isTerminalFocused ||
  dialog?.kind === 'confirm' ||
  dialog?.kind === 'prompt' ||
  dialog?.kind === 'menu';
