/** What is kept of a step's output for when it fails. */
import { describe, expect, it } from 'vitest';
import { tailText } from '../../../src/ui/cli/build/failure.ts';
import { FailureLog } from '../../../src/ui/cli/build/failure-log.ts';
import { silent } from '../../../src/ui/cli/build/view.ts';

function logOf(pieces: Iterable<Buffer>): FailureLog {
  const log = new FailureLog();
  const view = log.watch(silent);
  view.show({ type: 'step', step: 1, name: 'RUN x' });
  for (const data of pieces) view.show({ type: 'output', step: 1, stream: 'stdout', data });
  view.show({ type: 'failed', step: 1, message: 'no', isCanceled: false });
  return log;
}

describe('the end of a step that fails', () => {
  const bytesOf = (output: readonly Uint8Array[]) => output.reduce((sum, { length }) => sum + length, 0);

  it('is few pieces of memory, though the step prints byte by byte', () => {
    const text = Array.from({ length: 5000 }, (_, line) => `${line}\n`).join('');
    const { name, output } = logOf([...text].map((char) => Buffer.from(char))).failed()!;
    expect(output.length).toBeLessThan(100);
    const last = Array.from({ length: 10 }, (_, index) => 4990 + index);
    expect(tailText(name, output)).toBe(['------', ' > RUN x:', ...last, '------', ''].join('\n'));
  });

  it('is bounded, though the step prints for ever', () => {
    const piece = Buffer.alloc(32 * 1024, 'x\n');
    const { output } = logOf(Array.from({ length: 1000 }, () => piece)).failed()!;
    expect(bytesOf(output)).toBeLessThan(4 * 1024 * 1024);
    expect(bytesOf(output)).toBeGreaterThan(256 * 1024 - 1);
  });
});
