import { describe, expect, it } from 'vitest';
import { planRotation } from '../../../src/engine/containers/logs/log-rotation.ts';

const KB = 1000;
const plan = (sizes: Record<string, number>, maxFiles: number) =>
  planRotation(
    Object.entries(sizes).map(([name, sizeBytes]) => ({ name, sizeBytes })),
    { maxFiles, maxSizeBytes: 100 * KB },
  );

describe('a rotation', () => {
  it('moves each file one on, the oldest first, and removes what is too much', () => {
    expect(plan({ log: 101 * KB, hosts: 1, 'log.1': 100 * KB, 'log.2': 90 * KB, 'log.tmp': 5 }, 3)).toEqual({
      remove: ['log.2'],
      rename: [
        ['log.1', 'log.2'],
        ['log', 'log.1'],
      ],
    });
  });

  it('lets the next file take the place of the only one', () => {
    expect(plan({ log: 101 * KB, 'log.1': 1 }, 1)).toEqual({ remove: ['log.1'], rename: [] });
  });

  it('keeps fewer files when they grew too large before somebody looked', () => {
    expect(plan({ log: 250 * KB, 'log.1': 100 * KB, 'log.2': 1 }, 4)).toEqual({
      remove: [],
      rename: [
        ['log.2', 'log.3'],
        ['log.1', 'log.2'],
        ['log', 'log.1'],
      ],
    });
    expect(plan({ log: 350 * KB, 'log.1': 100 * KB, 'log.2': 1 }, 4)).toEqual({
      remove: ['log.1', 'log.2'],
      rename: [['log', 'log.1']],
    });
    expect(plan({ log: 5000 * KB }, 3).rename).toEqual([['log', 'log.1']]);
  });

  it('closes no gap that a killed rotation left, and loses nothing by it', () => {
    expect(plan({ 'log.1': 1, 'log.3': 1, log: 101 * KB }, 5).rename).toEqual([
      ['log.3', 'log.4'],
      ['log.1', 'log.2'],
      ['log', 'log.1'],
    ]);
  });
});
