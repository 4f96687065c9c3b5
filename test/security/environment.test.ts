/** Programs of the system are started with an environment of our own: nothing of the caller's reaches them. */
import { chmod, mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCommand } from '../../src/engine/command.ts';
import { archiveDirectory, decompress } from '../../src/layerfs/index.ts';
import { bytesOf, run, streamOf } from '../layerfs/archives.ts';

const before = { ...process.env };
let folder: string;
let marks: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'boxtop-test-env-'));
  marks = join(folder, 'marks');
  await mkdir(marks);
});

afterEach(async () => {
  for (const name of Object.keys(process.env)) if (!(name in before)) delete process.env[name];
  Object.assign(process.env, before);
  await rm(folder, { recursive: true });
});

/** A program that leaves a mark when it is run. */
async function trap(directory: string, name: string): Promise<void> {
  await mkdir(directory, { recursive: true });
  await writeFile(join(directory, name), `#!/bin/sh\ntouch ${marks}/${name}\nexit 0\n`);
  await chmod(join(directory, name), 0o755);
}

async function namesIn(directory: string): Promise<string[]> {
  const names: string[] = [];
  for await (const { name } of archiveDirectory(directory)) names.push(name);
  return names;
}

describe('a hostile environment', () => {
  it("a container's own tar is not run when PATH begins with '.'", async () => {
    const root = join(folder, 'root');
    await trap(root, 'tar');
    process.env['PATH'] = `.:${before['PATH']}`;
    expect(await namesIn(root)).toEqual(['./', './tar']);
    expect(await readdir(marks)).toEqual([]);
  });

  it('a tar that comes first in PATH is not run', async () => {
    const bin = join(folder, 'bin');
    await trap(bin, 'tar');
    process.env['PATH'] = `${bin}:${before['PATH']}`;
    await namesIn(marks);
    expect(await readdir(marks)).toEqual([]);
  });

  it('TAR_OPTIONS gives tar no commands', async () => {
    process.env['TAR_OPTIONS'] = `--checkpoint=1 --checkpoint-action=exec=touch\\ ${marks}/ran`;
    await namesIn(folder);
    expect(await readdir(marks)).toEqual([]);
  });

  it('XZ_OPT and XZ_DEFAULTS do not change how layers are unpacked', async () => {
    const packed = await run('xz', ['-c'], 'content');
    Object.assign(process.env, { XZ_OPT: '--format=raw', XZ_DEFAULTS: '--memlimit=1' });
    const plain = await decompress(streamOf(packed));
    expect((await bytesOf(plain)).toString()).toBe('content');
  });

  it('reaches no program that the engine starts', async () => {
    Object.assign(process.env, { TAR_OPTIONS: '--bad', BASH_ENV: '/bad', LD_DEBUG: 'help', GZIP: '-9' });
    const { stdout } = await runCommand('env', []);
    const names = stdout
      .trim()
      .split('\n')
      .map((line) => line.split('=', 1)[0]);
    expect(names.sort()).toEqual(['LC_ALL', 'PATH']);
    expect(stdout).not.toContain(`PATH=${before['PATH']}\n`);
  });
});
