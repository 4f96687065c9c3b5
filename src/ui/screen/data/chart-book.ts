/** Charts of the stats tab; the library is loaded when the first one is shown. */
import type { Store } from '../state/store.ts';
import type { ChartLibrary } from './chart-library.ts';
import type { StatsBook } from './stats-book.ts';

const MIN_POINTS = 3;
const MIN_WIDTH = 30;

export type ChartOf = (id: string, width: number, height: number) => readonly string[] | undefined;

/** Draws a container's CPU history; undefined while the library is loading, or when it can't be loaded. */
export function createChartBook(store: Store, stats: StatsBook): ChartOf {
  let library: ChartLibrary | undefined;
  let isLoading = false;
  let drawn: { key: string; lines: readonly string[] } = { key: '', lines: [] };

  function load(): void {
    isLoading = true;
    import('./chart-library.ts').then(
      ({ loadChartLibrary }) => {
        library = loadChartLibrary();
        store.update(({ versions }) => ({ versions: { ...versions, stats: versions.stats + 1 } }));
      },
      // The numbers and sparklines say the same.
      () => undefined,
    );
  }

  return (id, width, height) => {
    const points = stats.pointsOf(id);
    if (points.length < MIN_POINTS || width < MIN_WIDTH) return undefined;
    if (library === undefined) {
      if (!isLoading) load();
      return undefined;
    }
    const key = `${id} ${points.at(-1)?.at} ${width} ${height}`;
    if (key !== drawn.key) drawn = { key, lines: draw(library, points, width, height) };
    return drawn.lines;
  };
}

function draw(
  library: ChartLibrary,
  points: ReturnType<StatsBook['pointsOf']>,
  width: number,
  height: number,
): string[] {
  const used = points.filter(({ cpu }) => cpu !== undefined);
  const values = used.map(({ cpu }) => cpu!);
  const last = points.at(-1)!.at;
  return library.draw({
    width,
    height,
    max: Math.max(1, ...values) * 1.2,
    series: [{ values, colour: 'cyan' }],
    labels: used.map(({ at }) => (last - at < 500 ? 'now' : `-${Math.round((last - at) / 1000)}s`)),
  });
}
