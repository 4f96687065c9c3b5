/** A table that is shown in its own place. */
import { expect, it } from 'vitest';
import { openView } from '../../../src/ui/cli/view.ts';

function terminal(isTty: boolean, rows = 4, columns = 6) {
  const written: string[] = [];
  const write = async (data: string | Uint8Array) => void written.push(String(data));
  return { written, output: { isTty, write, columns: () => columns, rows: () => rows } };
}

it('clears the terminal once, then writes over what was there', async () => {
  const { written, output } = terminal(true);
  const view = openView(output, { isLive: true });
  await view.show('a\nb\n');
  await view.show('c\n');
  expect(written).toEqual(['\x1b[2J\x1b[Ha\x1b[K\nb\x1b[K\n\x1b[J', '\x1b[Hc\x1b[K\n\x1b[J']);
});

it('never scrolls or wraps', async () => {
  const { written, output } = terminal(true);
  await openView(output, { isLive: true }).show('123456789\n2\n3\n4\n5\n');
  expect(written).toEqual(['\x1b[2J\x1b[H123456\x1b[K\n2\x1b[K\n3\x1b[K\n\x1b[J']);
});

it('just writes elsewhere, and when it is shown once', async () => {
  for (const [isTty, isLive] of [
    [false, true],
    [true, false],
  ] as const) {
    const { written, output } = terminal(isTty);
    await openView(output, { isLive }).show('123456789\n2\n3\n4\n5\n');
    expect(written).toEqual(['123456789\n2\n3\n4\n5\n']);
  }
});
