/** Notices: what was done or found beside what was asked for; shown by `boxtop events` and the screen. */
import { recordEvent } from '../state/events.ts';
import type { State } from '../state/state.ts';

export function recordNotice(state: State, message: string): void {
  recordEvent(state, { Type: 'daemon', Action: 'notice', id: 'network', attributes: { message } });
}
