/** Tells a monitor the size of its terminal. */
import { tellMonitor } from './conmon-control.ts';

/** winsz of the monitor takes 0 to 1000 */
const MAX_WINDOW = 1000;
/** Of messages that the monitor reads at once it takes the first only (seen of 2.1.6): they are sent so far apart. */
const SPACING_MS = 50;
/** A busy monitor reads late: the last size is sent once more, which is nothing new to a terminal that has it (tty_ioctl(4)). */
const REPEAT_MS = 300;

/** Sends the window size through the monitor's ctl fifo. Does nothing when the monitor has ended. */
export function resizeTerminal(bundle: string, rows: number, cols: number): void {
  const clamp = (value: number) => Math.max(0, Math.min(MAX_WINDOW, Math.trunc(value)));
  tellMonitor(bundle, `1 ${clamp(rows)} ${clamp(cols)}\n`);
}

export interface Sizes {
  /** Sends it, now or when the last has been read; of several meanwhile the last. */
  set(rows: number, cols: number): void;
  /** Sends what still waits. */
  close(): void;
}

/** The sizes of one client of the terminal of `bundle`, sent one after the other. */
export function createSizes(bundle: string): Sizes {
  let wanted: readonly [rows: number, cols: number] | undefined;
  let sendsLeft = 0;
  let sentMs = 0;
  let timer: NodeJS.Timeout | undefined;
  const send = () => {
    if (wanted === undefined) return;
    resizeTerminal(bundle, ...wanted);
    sentMs = Date.now();
    sendsLeft -= 1;
    if (sendsLeft > 0) timer = setTimeout(send, REPEAT_MS).unref();
    else wanted = undefined;
  };
  return {
    set(rows, cols) {
      clearTimeout(timer);
      wanted = [rows, cols];
      sendsLeft = 2;
      const waitMs = sentMs + SPACING_MS - Date.now();
      if (waitMs <= 0) send();
      else timer = setTimeout(send, waitMs).unref();
    },
    close() {
      clearTimeout(timer);
      sendsLeft = 1;
      send();
    },
  };
}
