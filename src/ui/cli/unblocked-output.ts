/** Writes to a pipe or terminal without stopping the process while nobody reads it: signals and other streams go on. */
import { constants, openSync, writeSync } from 'node:fs';
import { setTimeout as sleep, setImmediate as soon } from 'node:timers/promises';

/** A reader that is at work makes room within so many turns of the event loop; for others we look seldom. */
const EAGER_LOOKS = 50;
const MAX_WAIT_MS = 50;

/** Resolves when all is written. Throws the system's errors. */
export function openUnblocked(fd: 1 | 2): (data: Uint8Array) => Promise<void> {
  let target: number | undefined;
  return async (data) => {
    target ??= reopen(fd);
    let rest = data;
    for (let looks = 0; rest.length > 0; looks += 1) {
      const written = tryWrite(target, rest);
      if (written > 0) looks = 0;
      rest = rest.subarray(written);
      if (rest.length === 0) return;
      if (looks < EAGER_LOOKS) await soon();
      else await sleep(Math.min(looks - EAGER_LOOKS + 1, MAX_WAIT_MS));
    }
  };
}

/** O_NONBLOCK belongs to what is open, which other processes share: ours is opened anew (proc(5), /proc/PID/fd). */
function reopen(fd: 1 | 2): number {
  try {
    return openSync(`/proc/self/fd/${fd}`, constants.O_WRONLY | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch {
    return fd; // a socket, or another user's terminal: then we wait in the call
  }
}

function tryWrite(fd: number, data: Uint8Array): number {
  try {
    return writeSync(fd, data);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EAGAIN') return 0;
    throw error;
  }
}
