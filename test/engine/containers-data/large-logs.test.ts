/** A log of two gigabytes is not read: what is asked for is found from its end, or by bisection. Bytes are counted, not time. */
import { closeSync, ftruncateSync, openSync, readFileSync, writeFileSync, writeSync } from 'node:fs';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { rawLogs } from '../../../src/engine/containers/logs/raw-logs.ts';
import { logFile } from '../../../src/engine/containers/paths.ts';
import type { LogOptions } from '../../../src/engine/index.ts';
import { addContainer, openContext, type TestContext } from '../../support/engine-store.ts';

const GB = 1024 ** 3;
const MB = 1024 ** 2;
let ctx: TestContext;
let file: string;

beforeEach(() => {
  ctx = openContext();
  file = logFile(ctx, addContainer(ctx, 'a').Id);
});
afterEach(() => ctx.close());

/** Lines of one second each, numbered by it. */
const records = (from: number, to: number): string =>
  Array.from({ length: to - from }, (_, i) => {
    const time = new Date((from + i) * 1000).toISOString().replace('Z', '000001+00:00');
    return `${time} stdout F line ${from + i} ${'x'.repeat(800)}\n`;
  }).join('');

/** proc(5) /proc/self/io: bytes this process has read by system calls. */
const bytesRead = () => Number(/^rchar: (\d+)$/m.exec(readFileSync('/proc/self/io', 'utf8'))?.[1]);

async function read(options: LogOptions): Promise<{ lines: string[]; bytes: number }> {
  const before = bytesRead();
  let text = '';
  for await (const chunks of rawLogs(ctx, 'a'.repeat(64), options))
    for (const { data } of chunks) text += data.toString();
  const bytes = bytesRead() - before;
  return {
    lines: text
      .split('\n')
      .slice(0, -1)
      .map((line) => line.slice(0, -801)),
    bytes,
  };
}

it('reads the last lines of 2 GB from the end', async () => {
  const end = records(0, 5000);
  const fd = openSync(file, 'w');
  ftruncateSync(fd, 2 * GB); // a hole: it takes no room on the disk
  writeSync(fd, `\n${end}`, 2 * GB);
  closeSync(fd);
  await read({ tail: 1 }); // loads what is loaded once
  for (const tail of [0, 1, 1000]) {
    const { lines, bytes } = await read({ tail });
    expect(lines).toEqual(Array.from({ length: tail }, (_, i) => `line ${5000 - tail + i}`));
    expect(bytes).toBeLessThan(2 * MB);
  }
});

it('finds a time in a large log by bisection', async () => {
  const count = 20_000;
  writeFileSync(file, records(0, count));
  await read({ tail: 1 });
  const { lines, bytes } = await read({ since: `${count - 3}.5` });
  expect(lines).toEqual([`line ${count - 2}`, `line ${count - 1}`]);
  expect(bytes).toBeLessThan(2 * MB);
  const early = await read({ since: '10', until: '11.5' });
  expect(early.lines).toEqual(['line 10', 'line 11']);
  expect(early.bytes).toBeLessThan(2 * MB);
});
