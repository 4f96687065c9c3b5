/** A boxtop process to be killed: starts a container of the store, says so, and hangs. */

import { resolve } from 'node:path';
import { openEngine } from '../../../src/engine/index.ts';

const [root, id] = process.argv.slice(2);
const engine = openEngine({
  root: root!,
  self: [process.execPath, resolve(import.meta.dirname, '../../support/exit-command.ts')],
});
const stream = await engine.containers.start(id!, { attach: true });
console.log('started');
for await (const { data } of stream!.output) process.stdout.write(data);
await engine.containers.wait(id!);
