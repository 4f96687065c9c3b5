/** Row of `stats`: what a terminal that shows a hundred containers costs. */
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node-pty';
import type { Bench } from './main.ts';
import { figure } from './measure.ts';
import { removeAll, startSleepers } from './objects.ts';
import type { Row } from './report.ts';
import { cpuMs } from './usage.ts';

const CONTAINERS = 100;
const SETTLE_MS = 3000;
const MEASURE_MS = 20_000;

export const STATS_ROWS: Record<string, (bench: Bench) => Promise<Row>> = {
  stats: async ({ engines, work, say }) => {
    const boxtop = engines.find(({ name }) => name === 'boxtop')!;
    say(`starting ${CONTAINERS} containers`);
    await startSleepers(boxtop, CONTAINERS, work);
    try {
      const percent = await streamCost(boxtop.cli);
      return {
        what: `CPU of \`stats\`, ${CONTAINERS} running containers, once a second on a terminal`,
        goal: '≤ 3 % of a core',
        unit: '%',
        figures: [figure('boxtop', [percent])],
      };
    } finally {
      await removeAll(boxtop);
    }
  },
};

/** Percent of a core. Throws when the table is not shown or not renewed. */
async function streamCost(cli: string[]): Promise<number> {
  const term = spawn(cli[0]!, [...cli.slice(1), 'stats'], {
    cols: 160,
    rows: CONTAINERS + 10,
    name: 'xterm-256color',
  });
  let tables = 0;
  term.onData((data) => {
    tables += data.split('CONTAINER ID').length - 1;
  });
  try {
    await sleep(SETTLE_MS);
    const [before, shown] = [cpuMs(term.pid), tables];
    await sleep(MEASURE_MS);
    const percent = ((cpuMs(term.pid) - before) / MEASURE_MS) * 100;
    const renewed = tables - shown;
    if (renewed < MEASURE_MS / 1000 - 2) throw new Error(`stats: ${renewed} tables in ${MEASURE_MS} ms`);
    return percent;
  } finally {
    term.kill('SIGTERM');
  }
}
