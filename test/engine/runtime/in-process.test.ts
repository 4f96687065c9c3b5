import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isHeld, releaseProcess } from '../../../src/engine/runtime/in-process.ts';

let folder: string;
let fifo: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  mkdirSync(join(folder, 'id'));
  fifo = join(folder, 'id', 'exec.fifo');
  execFileSync('mkfifo', [fifo]);
});

afterEach(() => rmSync(folder, { recursive: true }));

const shell = (script: string) => {
  const child = spawn('sh', ['-c', script], { cwd: folder });
  return { id: 'id', pid: child.pid!, ended: once(child, 'close') };
};
const appears = (name: string) => expect.poll(() => existsSync(join(folder, name))).toBe(true);

it('waits for a process that has come to its fifo but is not let run by a busy machine', async () => {
  const process = shell(
    'exec 3>id/exec.fifo; touch opened; until test -e go; do sleep 0.02; done; printf 0 >&3 || exit 1',
  );
  const released = releaseProcess(folder, 'runc', process);
  await appears('opened');
  await sleep(300); // longer than is waited for the process to come there
  writeFileSync(join(folder, 'go'), '');
  const [status] = (await process.ended) as [number];
  expect([await released, status, existsSync(fifo)]).toEqual([true, 0, false]);
});

it.each(['runc', 'crun'])('does not wait for a process of %s that was killed', async (runtime) => {
  const killed = shell('exit');
  await killed.ended;
  const late = sleep(200, 'late');
  const released = releaseProcess(folder, runtime, killed);
  expect(await Promise.race([released, late])).toBe(false);
  expect(existsSync(fifo)).toBe(true);
});

it('takes a process for held back while it has the fifo open, whatever is left of the fifo', async () => {
  const process = shell('exec 3<>id/exec.fifo; touch opened; until test -e go; do sleep 0.02; done');
  await appears('opened');
  expect(isHeld(folder, process)).toBe(true);
  const other = shell('touch runs; until test -e go; do sleep 0.02; done');
  await appears('runs');
  expect(isHeld(folder, other)).toBe(false);
  writeFileSync(join(folder, 'go'), '');
  await Promise.all([process.ended, other.ended]);
  expect(isHeld(folder, process)).toBe(false);
  rmSync(fifo);
  expect(isHeld(folder, other)).toBe(false);
});
