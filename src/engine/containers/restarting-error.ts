/** Refuses what needs a process while a container waits for its restart. Pure. */
import { EngineError } from '../errors.ts';

/** Docker's words. */
export const restartingError = (id: string): EngineError =>
  new EngineError('CONFLICT', `Container ${id} is restarting, wait until the container is running`, {
    hint: 'or end the restarts with: boxtop stop',
  });
