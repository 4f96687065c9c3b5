/** The live tree of a build on a terminal. */
import { describe, expect, it } from 'vitest';
import { createTree } from '../../../src/ui/cli/build/tree.ts';
import { textWidth } from '../../../src/ui/format/cell-width.ts';

describe('the tree of a build', () => {
  it('lets no line wrap, whatever is printed: the next picture would be drawn in the wrong place', async () => {
    const frames: string[] = [];
    const write = async (text: string | Uint8Array) => void frames.push(String(text));
    const tree = createTree({ write, isTty: true, columns: () => 40 }, () => 24, false);
    tree.show({ type: 'step', step: 1, name: `RUN echo ${'世界'.repeat(30)}` });
    const printed = ['界'.repeat(70), `${'\t'.repeat(12)}deep`, 'x'.repeat(500), 'short'].join('\n');
    tree.show({ type: 'output', step: 1, stream: 'stdout', data: Buffer.from(printed) });
    for (let tries = 0; frames.length === 0 && tries < 1000; tries += 1)
      await new Promise((resolve) => setTimeout(resolve, 5));
    await tree.end();
    const lines = frames[0]!
      .replace(/\x1b\[[?\d]*[a-zA-Z]|\r/g, '')
      .split('\n')
      .filter(Boolean);
    expect(lines).toHaveLength(6);
    expect(lines.at(-1)).toBe(' => => # short');
    for (const line of lines) expect(textWidth(line)).toBeLessThan(40);
    expect(lines.join('\n')).not.toContain('\t');
  });
});
