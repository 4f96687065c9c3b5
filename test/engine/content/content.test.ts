import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type Content, openContent } from '../../../src/engine/content/content.ts';
import { digestHex } from '../../../src/engine/oci/digest.ts';
import { digestOf } from '../../../src/engine/oci/sha256.ts';

let root: string;
let content: Content;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxtop-content-'));
  content = openContent(root);
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

const ingests = () => readdirSync(join(root, 'ingest'));
const drain = async (stream: AsyncIterable<unknown>) => {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
};

describe('the content store', () => {
  it('shows a blob only when it is whole', async () => {
    const digest = digestOf('hello world');
    const writer = await content.writer(digest);
    await writer.write(Buffer.from('hello '));
    expect(await content.size(digest)).toBeUndefined();
    await writer.write(Buffer.from('world'));
    expect(await writer.commit({ digest, size: 11 })).toEqual({ digest, size: 11 });
    expect(await content.size(digest)).toBe(11);
    expect(await drain(content.stream(digest))).toBe('hello world');
    expect(ingests()).toEqual([]);
  });

  it('refuses and removes a blob with another digest or size', async () => {
    for (const expected of [
      { digest: digestOf('other'), size: 5 },
      { digest: digestOf('hello'), size: 6 },
    ]) {
      const writer = await content.writer(expected.digest);
      await writer.write(Buffer.from('hello'));
      await expect(writer.commit(expected)).rejects.toMatchObject({ code: 'DATA_LOSS' });
      await writer.abort(true);
    }
    expect(await content.list()).toEqual([]);
    expect(ingests()).toEqual([]);
  });

  it('takes up a cut ingest where it broke', async () => {
    const digest = digestOf('hello world');
    const first = await content.writer(digest);
    await first.write(Buffer.from('hello '));
    await first.abort(true);
    const second = await content.writer(digest);
    expect(second.offset).toBe(6);
    expect(await drain(second.resumed() as AsyncIterable<Buffer>)).toBe('hello ');
    await second.write(Buffer.from('world'));
    await second.commit({ digest, size: 11 });
    expect(await content.size(digest)).toBe(11);
  });

  it('leaves nothing of an ingest that is given up', async () => {
    const writer = await content.writer();
    await writer.write(Buffer.from('x'));
    await writer.abort(true); // without a digest nobody could take it up
    await writer.abort(false);
    expect(ingests()).toEqual([]);
  });

  it('tells when a small blob was changed on disk, is missing or too large', () => {
    const digest = content.writeSmall(Buffer.from('{}'));
    expect(content.readSmall(digest, 10).toString()).toBe('{}');
    expect(() => content.readSmall(digest, 1)).toThrow('larger than');
    writeFileSync(join(root, 'blobs/sha256', digestHex(digest)), '[]');
    expect(() => content.readSmall(digest, 10)).toThrow('changed on disk');
    expect(() => content.readSmall(digestOf('y'), 10)).toThrow('not in the content store');
  });

  it('refuses names that are no digests', () => {
    expect(() => content.stream('sha256:../../../../etc/passwd')).toThrow('digest');
    expect(() => content.remove('../x')).toThrow('digest');
  });
});
