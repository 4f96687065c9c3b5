/** This program again, for what the screen shows in a terminal pane. */
import type { Engine, Program } from '../../engine/index.ts';

/** `boxtop ARGS…` on the same store. */
export function selfProgram(engine: Engine, args: readonly string[]): Program {
  const { root, runRoot } = engine.paths;
  return {
    file: process.execPath,
    // '--': Node takes an --env-file among a program's arguments for its own
    args: [...process.execArgv, '--', process.argv[1]!, '--root', root, '--runroot', runRoot, ...args],
  };
}
