import { describe, expect, it } from 'vitest';
import { loadChartLibrary } from '../../../src/ui/screen/data/chart-library.ts';

describe('charts', () => {
  const listeners = () =>
    ['exit', 'uncaughtException', 'SIGTERM', 'SIGINT', 'SIGQUIT', 'SIGWINCH'].map((event) =>
      process.listenerCount(event as 'exit'),
    );
  const before = listeners();
  const library = loadChartLibrary();
  const labels = Array.from({ length: 500 }, (_, index) => `${index}`);
  const draw = (values: number[], max: number) =>
    library.draw({ width: 60, height: 10, max, series: [{ values, colour: 'cyan' }], labels });

  it('take no hold of the process', () => {
    expect(listeners()).toEqual(before);
  });

  it('are lines of the wanted size', () => {
    const lines = draw([1, 5, 3, 9, 2, 4], 10);
    expect(lines.length).toBeLessThanOrEqual(10);
    expect(lines.join('\n')).toMatch(/[\u2800-\u28ff]/);
  });

  // Unclamped, each of these hangs the library or takes seconds.
  it.each([
    [[5, 5, 5], 0],
    [[1e9, 0, 1e12], 100],
    [[Number.NaN, Number.POSITIVE_INFINITY, 1, 2], 10],
    [[-5, -10, -5], 10],
    [[], 10],
    [[1], 10],
    [Array.from({ length: 500 }, (_, index) => index % 7), Number.NaN],
  ])('never hang: %j up to %d', (values, max) => {
    expect(draw(values, max).length).toBeLessThanOrEqual(10);
  });
});
