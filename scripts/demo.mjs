// Plays demo.tape for a person: what happens is shown live. `node scripts/demo.mjs [--speed N] [--pictures] [TAPE]`
// --pictures writes the tape's screenshots (PNG, and SVG beside them) to docs/. A film is made by `vhs demo.tape`.
import { parseArgs } from 'node:util';
import { playDemo } from '../test/support/tape-demo.ts';

const { values, positionals } = parseArgs({
  options: { speed: { type: 'string', default: '1' }, pictures: { type: 'boolean', default: false } },
  allowPositionals: true,
});
const speed = Number(values.speed);
if (!(speed > 0)) {
  console.error(`demo: --speed expects a number above 0, got ${values.speed}`);
  process.exit(2);
}

// What the recorded program switches on in this terminal is switched off again, however we end.
const leave = '\x1b[?1000;1002;1003;1004;1006;2004;2026l\x1b[?1049l\x1b[?25h\x1b[m\r\n';
const isTerminal = process.stdout.isTTY === true;
process.on('exit', () => isTerminal && process.stdout.write(leave));

try {
  const result = await playDemo({
    speed,
    ...(positionals[0] ? { file: positionals[0] } : {}),
    ...(values.pictures ? { outFolder: '.', hasSvg: true } : {}),
    onOutput: (bytes) => isTerminal && process.stdout.write(bytes),
  });
  if (isTerminal) process.stdout.write(leave);
  for (const file of result.written) console.log(`wrote ${file}`);
  if (!isTerminal) console.log(result.text);
} catch (error) {
  if (isTerminal) process.stdout.write(leave);
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
