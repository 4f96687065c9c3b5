import { expect, it } from 'vitest';
import { runCommand } from '../../src/engine/command.ts';

it('a program that does not end is killed, and nobody waits for what it started', async () => {
  await expect(runCommand('/bin/sh', ['-c', 'sleep 4 & wait'], { timeoutMs: 100 })).rejects.toMatchObject({
    message: '/bin/sh -c: did not end within 0.1 seconds',
  });
});
