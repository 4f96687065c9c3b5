/** Refuses what needs a process of a container that has none. Pure. */
import { EngineError } from '../errors.ts';

/** Docker's words. */
export const notRunningError = (id: string, cause?: unknown): EngineError =>
  new EngineError('CONFLICT', `Container ${id} is not running`, { cause });
