/** Messages to a running monitor through its ctl fifo (conmon src/ctrl.c): `1 ROWS COLS` resizes, `2 0 0` opens the log anew. */
import { closeSync, constants, openSync, writeSync } from 'node:fs';
import { codeOf } from '../errors.ts';

/** Sends one line. False when the monitor has ended. */
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
  } finally {
    closeSync(fd);
  }
}
