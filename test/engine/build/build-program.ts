/** A build in a process of its own: `node build-program.ts ROOT CONTEXT`; its events as JSON lines. */
import { resolve } from 'node:path';
import { openEngine } from '../../../src/engine/index.ts';

const [, , root = '', path = ''] = process.argv;
const exitCommand = resolve(import.meta.dirname, '../../support/exit-command.ts');
const engine = openEngine({ root, self: [process.execPath, exitCommand] });
try {
  for await (const event of engine.builder.build({ context: { type: 'folder', path }, network: 'none' })) {
    const shown = event.type === 'output' ? { ...event, data: event.data.toString() } : event;
    process.stdout.write(`${JSON.stringify(shown)}\n`);
  }
} finally {
  await engine.close();
}
