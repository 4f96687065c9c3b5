/** The monitor's log, read from files as conmon writes them. */
import {
  appendFileSync,
  fstatSync,
  readdirSync,
  renameSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { logs } from '../../../src/engine/containers/logs/logs.ts';
import { rawLogs } from '../../../src/engine/containers/logs/raw-logs.ts';
import { logFile } from '../../../src/engine/containers/paths.ts';
import { containerDocuments } from '../../../src/engine/containers/records.ts';
import type { LogOptions } from '../../../src/engine/index.ts';
import { processStart } from '../../../src/engine/state/locks.ts';
import { addContainer, openContext, type TestContext } from '../../support/engine-store.ts';

let ctx: TestContext;
let file: string;
const ID = 'a'.repeat(64);

beforeEach(() => {
  ctx = openContext();
  file = logFile(ctx, addContainer(ctx, 'a').Id);
});
afterEach(() => ctx.close());

/** One record; `second` of 04:00. */
function record(
  text: string,
  how: { second?: number; stream?: string; kind?: string; zone?: string; hour?: string } = {},
): string {
  const { second = 0, stream = 'stdout', kind = 'F', zone = '+00:00', hour = '04' } = how;
  const [minutes, seconds] = [Math.floor(second / 60), second % 60].map((n) => String(n).padStart(2, '0'));
  return `2026-11-21T${hour}:${minutes}:${seconds}.000000001${zone} ${stream} ${kind} ${text}\n`;
}

async function read(options: LogOptions = {}): Promise<string[]> {
  const lines: string[] = [];
  for await (const batch of logs(ctx, ID, options)) {
    for (const { stream, data, isComplete } of batch) lines.push(`${stream}:${data}${isComplete ? '' : '…'}`);
  }
  return lines;
}

function fstatOf(fd: number): number | undefined {
  try {
    return fstatSync(fd).ino;
  } catch {
    return undefined; // the one that listed them
  }
}

async function first<T>(batches: AsyncIterable<T[]>): Promise<T[]> {
  for await (const batch of batches) return batch;
  return [];
}

async function readRaw(options: Parameters<typeof rawLogs>[2] = {}): Promise<string[]> {
  const chunks: string[] = [];
  for await (const batch of rawLogs(ctx, ID, options))
    for (const { stream, data } of batch) chunks.push(`${stream}:${data}`);
  return chunks;
}

describe('records become lines', () => {
  it('keeps the two streams apart and joins partial records of each', async () => {
    const partial = [
      record('a', { kind: 'P' }),
      record('ERR', { stream: 'stderr' }),
      record('b', { kind: 'P' }),
      record('c'),
    ];
    writeFileSync(file, partial.join('') + record('') + record('end', { kind: 'P' }));
    expect(await read()).toEqual(['stderr:ERR', 'stdout:abc', 'stdout:', 'stdout:end…']);
    expect(await readRaw()).toEqual(['stdout:a', 'stderr:ERR\n', 'stdout:bc\n\nend']);
  });

  it('gives only the streams that are wanted, and refuses none', async () => {
    writeFileSync(file, record('out') + record('err', { stream: 'stderr' }));
    expect(await read({ stdout: false })).toEqual(['stderr:err']);
    expect(await readRaw({ stderr: false })).toEqual(['stdout:out\n']);
    await expect(read({ stdout: false, stderr: false })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });

  it('keeps bytes that are no text, and times in UTC whatever zone the monitor wrote', async () => {
    const line = Buffer.concat([
      Buffer.from(record('', { zone: '+02:00' }).slice(0, -1)),
      Buffer.from([0xff, 0, 0x0a]),
    ]);
    writeFileSync(file, line);
    const batch = await first(logs(ctx, ID));
    expect(batch[0]).toMatchObject({ time: '2026-11-21T02:00:00.000000001Z', data: Buffer.from([0xff, 0]) });
    const chunks = await first(rawLogs(ctx, ID, { timestamps: true }));
    expect(chunks[0]!.data.toString('latin1')).toBe('2026-11-21T02:00:00.000000001Z \u00ff\0\n');
  });

  it('prints the time once for a line that came in parts', async () => {
    writeFileSync(file, record('a', { kind: 'P' }) + record('b') + record('c'));
    const time = '2026-11-21T04:00:00.000000001Z';
    expect(await readRaw({ timestamps: true })).toEqual([`stdout:${time} ab\n${time} c\n`]);
  });

  it('cuts a line at 1 MiB, and passes over what is no record', async () => {
    const part = record('x'.repeat(8192), { kind: 'P' });
    writeFileSync(file, `garbage\n${part.repeat(200)}${record('end')}${record('next')}`);
    const [long, next] = await read();
    expect(long!.length).toBe('stdout:'.length + 1024 * 1024);
    expect(next).toBe('stdout:next');
  });

  it('reads records that two blocks share', async () => {
    const many = Array.from({ length: 20_000 }, (_, i) =>
      record(`line ${i} ${'y'.repeat(i % 97)}`, { second: i % 3600 }),
    );
    writeFileSync(file, many.join(''));
    const lines = await read();
    expect(lines.length).toBe(20_000);
    expect(lines.every((line, i) => line.startsWith(`stdout:line ${i} `))).toBe(true);
    expect((await readRaw()).join('').length).toBeGreaterThan(1_000_000);
  });

  it('is empty for a container that never ran, and tells of a log that was deleted', async () => {
    await expect(read()).rejects.toMatchObject({
      code: 'DATA_LOSS',
      message: expect.stringContaining('the log of container name-a was deleted: '),
    });
    const container = containerDocuments(ctx).get(ID)!;
    container.State.StartedAt = '0001-01-01T00:00:00Z';
    containerDocuments(ctx).put(ID, container);
    expect(await read()).toEqual([]);
    expect(await read({ follow: true, tail: 3 })).toEqual([]);
  });

  it('puts the chosen labels and variables before each line, once for a line that came in parts', async () => {
    const container = containerDocuments(ctx).get(ID)!;
    container.Config = { ...container.Config, Labels: { 'a b': '1', z: 'é' }, Env: ['B=x=y', 'C=', 'D=4'] };
    container.HostConfig.LogConfig = {
      Type: 'json-file',
      Config: { labels: 'a b,none', 'labels-regex': '^z$', env: 'B', 'env-regex': '^C' },
    };
    containerDocuments(ctx).put(ID, container);
    const text =
      record('one', { kind: 'P' }) + record('e', { stream: 'stderr' }) + record('two') + record('');
    writeFileSync(file, text);
    const details = 'B=x%3Dy,C=,a+b=1,z=%C3%A9';
    expect(await readRaw({ details: true })).toEqual([
      `stdout:${details} one`,
      `stderr:${details} e\n`,
      `stdout:two\n${details} \n`,
    ]);
    expect((await readRaw({ details: true, timestamps: true }))[1]).toBe(
      `stderr:2026-11-21T04:00:00.000000001Z ${details} e\n`,
    );
  });

  it('puts a space before each line when nothing was chosen, as Docker does', async () => {
    writeFileSync(file, record('one'));
    expect(await readRaw({ details: true })).toEqual(['stdout: one\n']);
  });
});

describe('where to begin and end', () => {
  const numbered = (from: number, to: number) =>
    Array.from({ length: to - from }, (_, i) => record(`${from + i}`, { second: from + i })).join('');

  it('gives the last n lines, also over rotated files', async () => {
    writeFileSync(`${file}.2`, numbered(0, 10));
    writeFileSync(`${file}.1`, numbered(10, 20));
    writeFileSync(file, numbered(20, 22) + record('p', { second: 23, kind: 'P' }));
    expect(await read({ tail: 0 })).toEqual([]);
    expect(await read({ tail: 1 })).toEqual(['stdout:p…']);
    expect(await read({ tail: 3 })).toEqual(['stdout:20', 'stdout:21', 'stdout:p…']);
    expect(await read({ tail: 14 })).toHaveLength(14);
    expect(await read({ tail: 100 })).toHaveLength(23);
    expect((await read({ tail: 14 }))[0]).toBe('stdout:9');
  });

  it('counts a line of several records once', async () => {
    writeFileSync(
      file,
      numbered(0, 5) +
        record('a', { kind: 'P', second: 6 }) +
        record('b', { kind: 'P', second: 6 }) +
        record('c', { second: 6 }),
    );
    expect(await read({ tail: 2 })).toEqual(['stdout:4', 'stdout:abc']);
  });

  it('finds since and until exactly, at any place of a large log', async () => {
    writeFileSync(`${file}.1`, numbered(0, 1000));
    writeFileSync(file, numbered(1000, 3600).replaceAll(' F ', ` F ${'z'.repeat(200)} `));
    const at = (second: number) => new Date(Date.UTC(2026, 10, 21, 4) + second * 1000).toISOString();
    for (const second of [0, 1, 500, 999, 1000, 1001, 2500, 3599]) {
      const lines = await read({ since: at(second), until: at(second + 2) });
      expect(lines.map((line) => line.split(/[: ]/).pop())).toEqual(
        [`${second}`, `${second + 1}`].slice(0, 3600 - second),
      );
    }
    expect(await read({ since: '2026-11-21T05:00:00Z' })).toEqual([]);
    expect(await read({ since: '10m' })).toEqual(
      await read({ since: new Date(Date.now() - 600_000).toISOString() }),
    );
    await expect(read({ since: 'yesterday' })).rejects.toMatchObject({ code: 'INVALID_ARGUMENT' });
  });
});

describe('following', () => {
  const setRunning = (isRunning: boolean) => {
    const record = containerDocuments(ctx).get(ID)!;
    record.State.Running = false;
    record.State.Restarting = isRunning;
    containerDocuments(ctx).put(ID, record);
  };

  /** Follows in the background; `lines` grows. */
  function follow(options: LogOptions = {}) {
    const lines: string[] = [];
    const ended = (async () => {
      for await (const batch of logs(ctx, ID, { follow: true, ...options })) {
        for (const { data } of batch) lines.push(data.toString());
      }
    })();
    const until = async (count: number) => {
      for (let i = 0; i < 6000 && lines.length < count; i++) await sleep(10);
    };
    return { lines, ended, until };
  }

  it('sees lines as they come, through rotation and truncation, and ends with the container', async () => {
    setRunning(true);
    writeFileSync(file, record('1'));
    const { lines, ended, until } = follow();
    await until(1);
    appendFileSync(file, record('2') + record('3').slice(0, 20));
    await until(2);
    appendFileSync(file, record('3').slice(20));
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, record('4'));
    writeFileSync(file, record('5'));
    await until(5);
    renameSync(`${file}.1`, `${file}.2`);
    renameSync(file, `${file}.1`);
    appendFileSync(`${file}.1`, record('6'));
    // longer than what comes after it: a truncation is seen, however late one looks
    writeFileSync(file, record('7'.repeat(99)));
    await until(7);
    truncateSync(file, 0);
    appendFileSync(file, record('8'));
    await until(8);
    appendFileSync(file, record('9'));
    setRunning(false);
    await ended;
    expect(lines).toEqual(['1', '2', '3', '4', '5', '6', '7'.repeat(99), '8', '9']);
  });

  it('loses nothing when it stops reading while files are rotated away, up to sixteen of them', async () => {
    setRunning(true);
    writeFileSync(file, record('0'));
    const following = logs(ctx, ID, { follow: true });
    const next = async () => (await following.next()).value?.map(({ data }) => data.toString());
    expect(await next()).toEqual(['0']);
    const timesOpen = (inode: number) =>
      readdirSync('/proc/self/fd').filter((fd) => fstatOf(Number(fd)) === inode).length;
    // while the follower looks whether files were rotated under its hands, it has the one before open twice
    const isHeld = (inode: number, before: number) => timesOpen(inode) === 1 && timesOpen(before) === 1;
    const rotate = async (text: string, isWaitedFor: boolean) => {
      const before = statSync(file).ino;
      renameSync(file, `${file}.1`); // over the one before
      writeFileSync(`${file}.tmp`, record(text));
      const { ino } = statSync(`${file}.tmp`);
      renameSync(`${file}.tmp`, file);
      for (let i = 0; isWaitedFor && i < 3000 && !isHeld(ino, before); i++) await sleep(10);
    };
    for (let i = 1; i < 16; i++) await rotate(String(i), true);
    for (let i = 16; i < 20; i++) await rotate(String(i), false);
    setRunning(false);
    const rest: string[] = [];
    for (let lines = await next(); lines !== undefined; lines = await next()) rest.push(...lines);
    expect(rest).toEqual([...Array.from({ length: 15 }, (_, i) => String(i + 1)), '18', '19']);
  });

  it('begins with the tail, and waits for a log that is not there yet', async () => {
    setRunning(true);
    const { lines, ended, until } = follow({ tail: 1 });
    await sleep(30);
    writeFileSync(file, record('1'));
    await until(1);
    setRunning(false);
    await ended;
    expect(lines).toEqual(['1']);
  });

  it('goes on while somebody holds the lock of a container that is down, as restart does', async () => {
    const lock = ctx.state.db.prepare('INSERT INTO locks (name, pid, started, token) VALUES (?, ?, ?, ?)');
    lock.run(`container:${ID}`, process.pid, processStart(process.pid)!, 'x');
    writeFileSync(file, record('1'));
    const { lines, ended, until } = follow();
    await until(1);
    appendFileSync(file, record('2'));
    await until(2);
    ctx.state.db.exec('DELETE FROM locks');
    await ended;
    expect(lines).toEqual(['1', '2']);
  });

  it('ends at once when it is aborted', async () => {
    setRunning(true);
    const stop = new AbortController();
    const { ended } = follow({ signal: stop.signal });
    await sleep(30);
    stop.abort();
    await expect(ended).rejects.toMatchObject({ code: 'CANCELED' });
  });

  it('ends when until has passed', async () => {
    setRunning(true);
    const { ended } = follow({ until: `${Date.now() / 1000 + 0.2}` });
    await ended;
  });
});
