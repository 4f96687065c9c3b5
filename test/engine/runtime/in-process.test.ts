import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { releaseProcess } from '../../../src/engine/runtime/in-process.ts';

it('waits for a process that has come to its fifo but is not let run by a busy machine', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  try {
    mkdirSync(join(folder, 'id'));
    const fifo = join(folder, 'id', 'exec.fifo');
    execFileSync('mkfifo', [fifo]);
    const script =
      'exec 3>id/exec.fifo; touch opened; until test -e go; do sleep 0.02; done; printf 0 >&3 || exit 1';
    const process = spawn('sh', ['-c', script], { cwd: folder });
    const released = releaseProcess(folder, 'runc', 'id');
    await expect.poll(() => existsSync(join(folder, 'opened'))).toBe(true);
    await sleep(300); // longer than is waited for the process to come there
    writeFileSync(join(folder, 'go'), '');
    const [status] = (await once(process, 'close')) as [number];
    expect([await released, status, existsSync(fifo)]).toEqual([true, 0, false]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
