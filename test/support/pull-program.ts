/** A process of its own that pulls: node pull-program.ts ROOT NAME. */
import { finish, openEngine } from '../../src/engine/index.ts';

const [root, name] = process.argv.slice(2) as [string, string];
const engine = openEngine({ root });
await finish(engine.images.pull(name));
await engine.close();
