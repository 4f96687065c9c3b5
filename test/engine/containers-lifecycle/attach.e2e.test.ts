import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { canRunContainers } from '../../support/requirements.ts';
import { readAll, readUntil, sharedStore } from '../../support/store.ts';

const MEBIBYTE = 1024 * 1024;

describe.skipIf(!canRunContainers)('attach', () => {
  const store = sharedStore();

  it('hands a megabyte of input on and ends it, byte for byte', async () => {
    const { containers } = store.engine;
    const id = await store.create(['md5sum'], { OpenStdin: true, StdinOnce: true });
    const stream = (await containers.start(id, { attach: true }))!;
    await stream.write(Buffer.alloc(MEBIBYTE, 'abcdefg\n'));
    stream.closeInput();
    const { createHash } = await import('node:crypto');
    const wanted = createHash('md5').update(Buffer.alloc(MEBIBYTE, 'abcdefg\n')).digest('hex');
    expect((await readAll(stream)).stdout).toBe(`${wanted}  -\n`);
    expect(await containers.wait(id)).toEqual({ StatusCode: 0 });
  });

  it('loses nothing to a slow reader: the process waits', async () => {
    const { containers } = store.engine;
    const id = await store.create([
      'sh',
      '-c',
      'dd if=/dev/zero bs=65536 count=160 2>/dev/null; echo end >&2',
    ]);
    const stream = (await containers.start(id, { attach: true }))!;
    let sizeBytes = 0;
    let hasRested = false;
    for await (const chunk of stream.output) {
      if (chunk.stream === 'stdout') sizeBytes += chunk.data.length;
      if (hasRested) continue;
      hasRested = true;
      await sleep(300);
      expect((await containers.inspect(id)).State.Running).toBe(true);
    }
    expect(sizeBytes).toBe(10 * MEBIBYTE);
  });

  it('lets go of a terminal and takes it again, any number of times and at once', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sh'], { Tty: true, OpenStdin: true });
    const first = (await containers.start(id, { attach: true, size: { rows: 24, cols: 80 } }))!;
    const output = first.output[Symbol.asyncIterator]();
    await first.write(Buffer.from('MARK=kept; stty size\n'));
    await readUntil(output, '24 80');
    first.close();
    expect((await output.next()).done).toBe(true);
    const [second, third] = await Promise.all([containers.attach(id), containers.attach(id)]);
    await containers.resize(id, 50, 132);
    await second.write(Buffer.from('stty size; echo got-$MARK\n'));
    for (const stream of [second, third]) {
      const text = await readUntil(stream.output[Symbol.asyncIterator](), 'got-kept');
      expect(text).toContain('50 132');
    }
    await third.write(Buffer.from('exit 8\n'));
    expect(await containers.wait(id)).toEqual({ StatusCode: 8 });
    await expect(containers.attach(id)).rejects.toThrow(
      'You cannot attach to a stopped container, start it first',
    );
  });

  it('keeps the input of a container open that was started without StdinOnce', async () => {
    const { containers } = store.engine;
    const id = await store.create(['cat'], { OpenStdin: true });
    const first = (await containers.start(id, { attach: true }))!;
    await first.write(Buffer.from('one\n'));
    first.close();
    const second = await containers.attach(id);
    await second.write(Buffer.from('two\n'));
    await readUntil(second.output[Symbol.asyncIterator](), 'two');
    await containers.kill(id);
  });

  it('misses no output of a process that ends at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { stdout } = await store.run(['echo', 'quick'], { HostConfig: { AutoRemove: true } });
      expect(stdout).toBe('quick\n');
    }
  });
});
