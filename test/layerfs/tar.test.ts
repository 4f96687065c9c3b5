/** The tar reader and writer, against each other and against GNU tar. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { emptyHeader, readTar, TAR_END, type TarHeader, tarWriter } from '../../src/layerfs/index.ts';
import { parseNumber } from '../../src/layerfs/tar/header-block.ts';
import { fromBytes, toBytes } from '../../src/layerfs/tar/text.ts';
import { archive, bytesOf, type Member, member, run, sh, streamOf } from './archives.ts';

const { encodeTarHeader } = await tarWriter();

interface Read extends TarHeader {
  data: string;
}

async function read(tar: Buffer, pieceBytes?: number): Promise<Read[]> {
  const entries: Read[] = [];
  for await (const { packed: _, content, ...header } of readTar(streamOf(tar, pieceBytes)))
    entries.push({ ...header, data: (await bytesOf(content)).toString('latin1') });
  return entries;
}

let dir: string;
beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'layerfs-tar-'));
});
afterAll(() => rm(dir, { recursive: true, force: true }));

describe('writing and reading back', () => {
  const cases: Member[] = [
    { name: 'plain', content: 'hello' },
    { name: 'empty' },
    { name: 'dir/', mode: 0o1777 },
    { name: `${'d/'.repeat(80)}${'x'.repeat(255)}`, content: 'long' },
    { name: 'ünïcødé/名前', content: 'utf-8' },
    { name: 'bad\udcff\udc80name', content: 'bytes that are no text' },
    { name: 'link', type: 'symlink', linkName: '../target' },
    { name: 'longlink', type: 'symlink', linkName: 'y'.repeat(300) },
    { name: 'hard', type: 'hardlink', linkName: 'plain' },
    { name: 'null', type: 'char', devMajor: 1, devMinor: 3, mode: 0o666 },
    { name: 'disk', type: 'block', devMajor: 259, devMinor: 70000 },
    { name: 'pipe', type: 'fifo' },
    { name: 'setuid', mode: 0o4755, uid: 4_000_000_000, gid: 3_000_000, content: 'x' },
    { name: 'old', mtimeNs: -1_500_000_000n },
    { name: 'fraction', mtimeNs: 1_700_000_000_123_456_789n },
    { name: 'far', mtimeNs: 20_000_000_000n * 1_000_000_000n },
    {
      name: 'xattrs',
      xattrs: new Map([
        ['user.empty', Buffer.alloc(0)],
        ['security.capability', Buffer.from([1, 0, 0, 2, 10])],
      ]),
    },
  ];
  it.each(cases.map((one) => [one.name.slice(0, 20), one] as const))('keeps %s as it is', async (_, one) => {
    const [entry] = await read(archive(one), 7);
    const { content = '', ...fields } = one;
    expect(entry).toMatchObject({ ...fields, data: content });
  });

  it('keeps content and neighbours at every piece size', async () => {
    const tar = archive(
      { name: 'a', content: 'x'.repeat(513) },
      { name: 'b', content: 'y'.repeat(512) },
      { name: 'c' },
    );
    for (const pieceBytes of [1, 511, 512, 513, 100_000]) {
      const entries = await read(tar, pieceBytes);
      expect(entries.map((entry) => [entry.name, entry.data.length])).toEqual([
        ['a', 513],
        ['b', 512],
        ['c', 0],
      ]);
    }
  });

  it('skips content that nobody reads', async () => {
    const names: string[] = [];
    for await (const entry of readTar(
      streamOf(archive({ name: 'a', content: 'x'.repeat(5000) }, { name: 'b' })),
    ))
      names.push(entry.name);
    expect(names).toEqual(['a', 'b']);
  });

  it('gives a sparse file its holes back', async () => {
    const sparse = [
      { offset: 1000, length: 3 },
      { offset: 5000, length: 2 },
      { offset: 9000, length: 0 },
    ];
    const [entry] = await read(archive({ name: 's', content: 'abcde', sizeBytes: 9000, sparse }));
    expect(entry?.sizeBytes).toBe(9000);
    expect(entry?.sparse).toEqual(sparse);
    expect(entry?.data).toBe(`${'\0'.repeat(1000)}abc${'\0'.repeat(3997)}de${'\0'.repeat(3998)}`);
  });

  it('is readable for GNU tar', async () => {
    const tar = archive(
      { name: 'd/' },
      { name: `d/${'n'.repeat(200)}`, content: 'hi', mtimeNs: 1_700_000_000_500_000_000n },
      { name: 'ü', type: 'symlink', linkName: 'd' },
    );
    const listing = (await run('tar', ['-t', '--quoting-style=literal'], tar)).toString('utf8');
    expect(listing.split('\n')).toEqual(['d/', `d/${'n'.repeat(200)}`, 'ü', '']);
  });
});

describe('archives of GNU tar', () => {
  it.each(['--format=gnu', '--format=oldgnu', '--format=pax', '--format=ustar', '--format=v7'])(
    'reads %s',
    async (format) => {
      await sh(
        `rm -rf ${dir}/g && mkdir -p ${dir}/g/sub && cd ${dir}/g && printf hello > sub/f && ln sub/f sub/h && ln -s f sub/s`,
      );
      const tar = await run('tar', ['-c', format, '--sort=name', '-C', `${dir}/g`, 'sub']);
      const entries = await read(tar);
      expect(entries.map(({ name, type, linkName, data }) => [name, type, linkName, data])).toEqual([
        ['sub/', 'directory', '', ''],
        ['sub/f', 'file', '', 'hello'],
        ['sub/h', 'hardlink', 'sub/f', ''],
        ['sub/s', 'symlink', 'f', ''],
      ]);
    },
  );

  it.each(['gnu', 'pax'])('reads long names in the %s format', async (format) => {
    const deep = `${'component-of-a-path/'.repeat(15)}${'n'.repeat(200)}`;
    await sh(`rm -rf ${dir}/l && mkdir -p ${dir}/l/${deep} && ln -s ${deep} ${dir}/l/link`);
    const entries = await read(
      await run('tar', ['-c', `--format=${format}`, '-C', `${dir}/l`, 'component-of-a-path', 'link']),
    );
    expect(entries.map(({ name }) => name)).toContain(`${deep}/`);
    expect(entries.at(-1)).toMatchObject({ type: 'symlink', linkName: deep });
  });

  it.each([
    ['old GNU', ['--format=gnu']],
    ['PAX 0.0', ['--format=pax', '--sparse-version=0.0']],
    ['PAX 0.1', ['--format=pax', '--sparse-version=0.1']],
    ['PAX 1.0', ['--format=pax', '--sparse-version=1.0']],
  ])('reads sparse files as %s, also with a long map', async (_, options) => {
    await sh(
      `rm -rf ${dir}/s && mkdir ${dir}/s && cd ${dir}/s && truncate -s 4M f && for i in $(seq 0 29); do printf "data$i" | dd of=f bs=1 seek=$((i*131072)) conv=notrunc 2>/dev/null; done`,
    );
    const [entry] = await read(await run('tar', ['-cS', ...options, '-C', `${dir}/s`, 'f']), 4096);
    expect(entry?.name).toBe('f');
    expect(entry?.sparse?.length).toBeGreaterThanOrEqual(30);
    expect(Buffer.from(entry!.data, 'latin1').equals(await run('cat', [`${dir}/s/f`]))).toBe(true);
  });
});

it('reads extended attributes of libarchive', async () => {
  const records = '39 LIBARCHIVE.xattr.user.a%3Db=aGVsbG8\n';
  const header = Buffer.from(member({ name: 'x', content: records }));
  header.write('x', 156, 'latin1');
  const [entry] = await read(Buffer.concat([withChecksum(header), archive({ name: 'f' })]));
  expect([...entry!.xattrs]).toEqual([['user.a=b', Buffer.from('hello')]]);
});

describe('hostile archives', () => {
  const refused = async (tar: Buffer) =>
    await read(tar).then(
      () => 'read',
      (error: { code: string }) => error.code,
    );
  const block = (fields: Partial<TarHeader> & { name: string }, type: string, size: number) => {
    const header = encodeTarHeader({ ...emptyHeader, ...fields });
    header.write(type, 156, 'latin1');
    header.write(size.toString(8).padStart(11, '0'), 124, 'latin1');
    return withChecksum(header);
  };
  const pax = (records: string) =>
    Buffer.concat([
      block({ name: 'x' }, 'x', records.length),
      Buffer.from(records),
      Buffer.alloc((512 - (records.length % 512)) % 512),
    ]);

  it('refuses what is no tar, a cut tar and a wrong checksum', async () => {
    const tar = archive({ name: 'a', content: 'x'.repeat(2000) });
    expect(await refused(Buffer.alloc(512, 65))).toBe('DATA_LOSS');
    expect(await refused(tar.subarray(0, 1000))).toBe('DATA_LOSS');
    expect(await refused(tar.subarray(0, 300))).toBe('DATA_LOSS');
    const changed = Buffer.from(tar);
    changed[5] = 1;
    expect(await refused(changed)).toBe('DATA_LOSS');
  });

  it('takes an empty stream and a missing end mark for a whole archive', async () => {
    expect(await read(Buffer.alloc(0))).toEqual([]);
    expect(await read(member({ name: 'a' }))).toHaveLength(1);
  });

  it('caps extended headers and long names at a mebibyte', async () => {
    expect(await refused(block({ name: 'x' }, 'x', 1024 * 1024 + 1))).toBe('DATA_LOSS');
    expect(await refused(block({ name: 'x' }, 'L', 8 ** 11 - 1))).toBe('DATA_LOSS');
  });

  it.each(['5 a=b\n', '999 a=b\n', '0 a=b\n', 'abc', '-6 a=b\n', '7 =bb\n', '6 a=b!'])(
    'refuses the PAX record %j',
    async (records) => {
      expect(await refused(pax(records))).toBe('DATA_LOSS');
    },
  );

  it.each([
    '26 GNU.sparse.map=0,5,3,5\n22 GNU.sparse.size=10\n',
    '26 GNU.sparse.map=0,5,9,9\n22 GNU.sparse.size=10\n',
    '22 GNU.sparse.map=0,5\n22 GNU.sparse.size=10\n',
    '24 GNU.sparse.map=0,5,6\n22 GNU.sparse.size=10\n',
  ])('refuses the sparse map %j', async (records) => {
    expect(
      records
        .split('\n')
        .slice(0, -1)
        .every((line) => line.length + 1 === Number.parseInt(line, 10)),
    ).toBe(true);
    expect(await refused(Buffer.concat([pax(records), archive({ name: 'f', content: '12345678' })]))).toBe(
      'DATA_LOSS',
    );
  });

  it('refuses a sparse map with more runs than a file may have', async () => {
    const map = Buffer.alloc(1024);
    map.write('99999999\n');
    const records = '22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n';
    expect(await refused(Buffer.concat([pax(records), archive({ name: 'f', content: map })]))).toBe(
      'DATA_LOSS',
    );
  });

  it('refuses negative sizes and unknown types', async () => {
    const negative = Buffer.from(member({ name: 'a' }));
    negative.fill(0xff, 124, 136);
    expect(await refused(Buffer.concat([withChecksum(negative), TAR_END]))).toBe('DATA_LOSS');
    expect(await refused(Buffer.concat([block({ name: 'a' }, 'M', 0), TAR_END]))).toBe('DATA_LOSS');
  });
});

describe('numbers and names', () => {
  it('reads octal and base-256 numbers', () => {
    expect(parseNumber(Buffer.from('0000644\0'), 0, 8)).toBe(0o644);
    expect(parseNumber(Buffer.from('   644 \0'), 0, 8)).toBe(0o644);
    expect(parseNumber(Buffer.alloc(8), 0, 8)).toBe(0);
    expect(parseNumber(Buffer.from('800000000000000200000000', 'hex'), 0, 12)).toBe(2 ** 33);
    expect(parseNumber(Buffer.from('fffffffffffffffffffffffe', 'hex'), 0, 12)).toBe(-2);
    expect(() => parseNumber(Buffer.from('80ffffffffffffffffffffff', 'hex'), 0, 12)).toThrow(/too large/);
    expect(() => parseNumber(Buffer.from('12x\0'), 0, 4)).toThrow(/not a number/);
  });

  it('gives every byte string back', () => {
    for (const bytes of [
      [0xff],
      [0xc3, 0x28],
      [0xe2, 0x82],
      [0x61, 0x80, 0xc3, 0xbc],
      [0xed, 0xb2, 0x80],
      [0xf0, 0x9f, 0x98, 0x80],
    ])
      expect([...toBytes(fromBytes(Buffer.from(bytes)))]).toEqual(bytes);
  });
});

function withChecksum(block: Buffer): Buffer {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (const byte of block.subarray(0, 512)) sum += byte;
  block.write(`${sum.toString(8).padStart(6, '0')}\0 `, 148, 'latin1');
  return block;
}
