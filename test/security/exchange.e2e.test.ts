/** A container that exchanges a folder for a symlink while cp walks through it (CVE-2018-15664). */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { placeMembers } from '../../src/engine/containers/files/archive-read.ts';
import { ArchiveWriter } from '../../src/engine/containers/files/archive-write.ts';
import { type Place, walkInside } from '../../src/engine/containers/files/inside-walk.ts';
import { archive, streamOf } from '../layerfs/archives.ts';
import { canMount } from '../support/requirements.ts';

const EXCHANGE =
  'mkdir d; echo inside >d/secret; while :; do mv d e; ln -s "$0" d; rm d; mv e d; done 2>/dev/null';
const ROUNDS = 150;

it.skipIf(!canMount)(
  'a folder exchanged for a symlink leads cp nowhere else, neither in nor out',
  async () => {
    const folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
    const outside = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
    writeFileSync(join(outside, 'secret'), 'outside');
    const hostile = spawn('sh', ['-c', EXCHANGE, outside], { cwd: folder, stdio: 'ignore', detached: true });
    const options = { mounts: new Map(), isRootWritable: true };
    const walk = (path: string, followLast: boolean): Place =>
      walkInside(folder, path, { ...options, followLast });
    const data = archive({ name: 'd/secret', content: 'written' });
    const how = {
      path: '',
      owner: undefined,
      noOverwriteDirNonDir: false,
      signal: undefined,
      scratch: tmpdir(),
    };
    let reads = 0;
    try {
      for (let round = 0; round < ROUNDS; round += 1) {
        await new ArchiveWriter({ walk }, how).write(streamOf(data)).catch(() => {}); // it may be away just now
        reads += Number(await readsSecret(walk));
      }
    } finally {
      // with the program that the shell has just started: what vanishes while it is removed keeps the rest
      process.kill(-hostile.pid!, 'SIGKILL');
      await once(hostile, 'close');
      await expect.poll(() => groupOf(hostile.pid!)).toEqual([]);
    }
    expect(readdirSync(outside)).toEqual(['secret']);
    expect(readFileSync(join(outside, 'secret'), 'utf8')).toBe('outside');
    expect(reads).toBe(0);
    for (const path of [folder, outside]) rmSync(path, { recursive: true });
  },
);

/** Processes of a group that have not ended (proc(5), fields 3 and 5 of stat). */
const groupOf = (leader: number): string[] =>
  readdirSync('/proc').filter((pid) => {
    if (!/^\d+$/.test(pid)) return false;
    try {
      const [, state, group] = /.*\) (\w) \d+ (\d+) /.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))!;
      return group === String(leader) && state !== 'Z';
    } catch {
      return false; // it has ended
    }
  });

/** True when a copy out of the container holds what lies outside. */
async function readsSecret(walk: (path: string, followLast: boolean) => Place): Promise<boolean> {
  let place: Place | undefined;
  try {
    place = walk('/d/secret', true);
    const parts: Buffer[] = [];
    for await (const part of placeMembers(place, { name: 'secret', signal: undefined })) parts.push(part);
    return Buffer.concat(parts).includes('outside');
  } catch {
    return false; // it was away just then
  } finally {
    place?.close();
  }
}
