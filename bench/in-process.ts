/** The engine as a library: create and start in one process that has done it before. */
import { setTimeout as sleep } from 'node:timers/promises';
import { openEngine } from '../src/engine/index.ts';
import type { EngineUnderTest } from './engines.ts';
import { IMAGE } from './objects.ts';

/** Milliseconds of each round; the first, cold one is left out. */
export async function startInProcess(boxtop: EngineUnderTest, rounds: number): Promise<number[]> {
  const root = boxtop.cli[boxtop.cli.indexOf('--root') + 1]!;
  const engine = openEngine({ root, self: [boxtop.cli[0]!] });
  const times: number[] = [];
  try {
    for (let round = -1; round < rounds; round += 1) {
      const start = performance.now();
      const { Id } = await engine.containers.create({
        Image: IMAGE,
        Cmd: ['sleep', '1000'],
        HostConfig: { NetworkMode: 'none' },
      });
      await engine.containers.start(Id);
      if (round >= 0) times.push(performance.now() - start);
      await engine.containers.remove(Id, { force: true });
      await sleep(20);
    }
  } finally {
    await engine.close();
  }
  return times;
}
