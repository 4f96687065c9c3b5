/** What steps of a build print, as lines. */
import { describe, expect, it } from 'vitest';
import { createPlain } from '../../../src/ui/cli/build/plain.ts';
import { OutputLines } from '../../../src/ui/format/output-lines.ts';

describe('output as lines', () => {
  it('puts characters together that lie in two pieces, and keeps what is no text apart', () => {
    const output = new OutputLines();
    const bytes = Buffer.from('grün\n世界\nrest');
    const lines = Array.from(bytes, (byte) => output.push(Buffer.of(byte))).flat();
    expect(lines).toEqual(['grün', '世界']);
    expect(output.open).toBe('rest');
    expect(output.push(Buffer.of(0xff, 0xc3, 0x0a))).toEqual(['rest\ufffd\ufffd']);
  });

  it('cuts a line that never ends, and loses nothing of it', () => {
    const output = new OutputLines();
    let length = 0;
    for (let piece = 0; piece < 64; piece += 1) {
      length += output.push(Buffer.alloc(10_000, 'y')).join('').length;
      expect(output.open.length).toBeLessThanOrEqual(16 * 1024);
    }
    expect(length + output.open.length).toBe(640_000);
  });
});

describe('plain progress', () => {
  it('waits for a reader that is slow, and prints a cut character whole', async () => {
    const written: string[] = [];
    let read = () => {};
    const reading = new Promise<void>((resolve) => {
      read = resolve;
    });
    const write = async (text: string | Uint8Array) => {
      written.push(String(text));
      await reading;
    };
    const view = createPlain({ write, isTty: false, columns: () => 80 });
    view.show({ type: 'step', step: 1, name: 'RUN x' });
    const output = (data: Uint8Array) =>
      view.show({ type: 'output', step: 1, stream: 'stdout', data: Buffer.from(data) });
    const [first = 0, ...others] = Buffer.from('ü\n');
    output(Buffer.of(first));
    let isTold = false;
    const told = output(Buffer.from(others))?.then(() => {
      isTold = true;
    });
    await new Promise((resolve) => setImmediate(resolve));
    expect(isTold).toBe(false);
    read();
    await told;
    expect(written.join('').replace(/\d+\.\d+/, 'T')).toBe('#1 RUN x\n#1 T ü\n');
  });

  it('lets the process do other things while nobody reads a pipe: Ctrl-C would wait, too', async () => {
    const written: string[] = [];
    const write = () => Promise.reject(new Error('this waits in the call'));
    const writeUnblocked = async (data: Uint8Array) => void written.push(String(data));
    const view = createPlain({ write, writeUnblocked, isTty: false, columns: () => 80 });
    view.show({ type: 'step', step: 1, name: 'RUN x' });
    await view.end();
    expect(written).toEqual(['#1 RUN x\n']);
  });
});
