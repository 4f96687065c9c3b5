/** The monitor's exit command for tests: what `boxtop --root R --runroot RR internal exited ID` does. */
import { openEngine } from '../../src/engine/index.ts';

const [, root, , runRoot, , , id] = process.argv.slice(2);
const engine = openEngine({ root: root!, runRoot: runRoot! });
await engine.containers.handleExit(id!);
await engine.close();
