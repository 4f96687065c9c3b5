/** Messages to a running monitor through its ctl fifo (conmon src/ctrl.c): `1 ROWS COLS` resizes, `2 0 0` opens the log anew. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/**
 * Sends one line. False when the monitor has ended, or has not read for so long that the pipe is full. Of lines that it reads at once
 * conmon 2.1.6 takes the first only: what matters is sent again.
 */
export function tellMonitor(bundle: string, line: string): boolean {
  let fd: number;
  try {
    fd = openSync(`${bundle}/ctl`, constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (codeOf(error) === 'ENXIO' || codeOf(error) === 'ENOENT') return false;
    throw error;
  }
  try {
    writeSync(fd, line);
    return true;
  } catch (error) {
    if (codeOf(error) === 'EPIPE' || codeOf(error) === 'EAGAIN') return false;
    throw error;
  } finally {
    closeSync(fd);
  }
}
