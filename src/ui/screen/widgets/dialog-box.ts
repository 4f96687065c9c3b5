/** Where a dialog is, and which of its lines are seen. Pure. */
import type { Box } from '../state/layout.ts';
import type { Dialog, ScreenState } from '../state/types.ts';
import { type DialogContent, dialogContent } from './dialog-lines.ts';

/** Dialogs that are lines in a frame. */
export type FramedDialog = Exclude<Dialog, { kind: 'stats' }>;

export interface DialogBox {
  box: Box;
  content: DialogContent;
  /** First line that is seen, and the largest that it can be. */
  top: number;
  last: number;
}

/** A job's output grows: its frame has some rows from the start. */
const MIN_JOB_ROWS = 12;

export function dialogBox(state: ScreenState, dialog: FramedDialog): DialogBox {
  const { columns, rows } = state.size;
  const content = dialogContent(state, dialog);
  const width = Math.min(columns, content.width);
  const wanted = content.height ?? content.lines.length + 2;
  const most = content.height === undefined ? rows - 2 : rows - 1;
  const least = dialog.kind === 'job' ? Math.min(MIN_JOB_ROWS, rows - 2) : 3;
  const height = Math.max(3, Math.min(most, Math.max(wanted, least)));
  const last = Math.max(0, content.lines.length - (height - 2));
  const x = Math.max(0, Math.floor((columns - width) / 2));
  const y = Math.max(0, Math.floor((rows - height) / 2));
  return { box: { x, y, width, height }, content, top: Math.min(last, content.top ?? last), last };
}
