/** Ends a process group and waits until its leader is gone. */
import { setTimeout as sleep } from 'node:timers/promises';
import { codeOf, EngineError } from '../errors.ts';
import { processStart } from '../state/locks.ts';

const END_MS = 5000;

/** The monitor and the runtime it may be waiting for are one process group. */
export async function endGroup(pid: number): Promise<void> {
  const started = processStart(pid);
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
  const deadline = Date.now() + END_MS;
  while (started !== undefined && processStart(pid) === started) {
    if (Date.now() > deadline)
      throw new EngineError('INTERNAL', `monitor ${pid} of a killed start does not end`);
    await sleep(2);
  }
}
