/** What a verb's file exports, and what it is handed. */
import type { Engine } from '../../engine/index.ts';
import type { Parsed, Spec } from './flags.ts';
import type { CliIo } from './io.ts';

export interface Command extends Spec {
  /** Returns the exit status. Errors are printed by run-verb.ts. */
  run(parsed: Parsed, engine: () => Engine, io: CliIo): Promise<number>;
  /** Errors are prefixed 'boxtop: ' and followed by a pointer to the help, with status 125: `run` only. */
  isRun?: true;
}
