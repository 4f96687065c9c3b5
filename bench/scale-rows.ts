/** Rows of many containers: what one more costs, and a list of all. */
import type { EngineUnderTest } from './engines.ts';
import type { Bench } from './main.ts';
import { compare, figure, run } from './measure.ts';
import { IMAGE, importBusybox, removeAll } from './objects.ts';
import type { Row } from './report.ts';

const MANY = 500;
/** A bridge has room for 1023 ports; netavark's rules grow with each. */
const MANY_ON_BRIDGE = 100;
const WRITERS = 4;
const ROUNDS = 10;

export const SCALE_ROWS: Record<string, (bench: Bench) => Promise<Row>> = {
  'start-500': (bench) => startRow(bench, MANY, ['--network', 'none']),
  'start-100-bridge': (bench) => startRow(bench, MANY_ON_BRIDGE, []),
  'ps-500': async (bench) => {
    const boxtop = bench.engines[0]!;
    await importBusybox([boxtop], bench.work);
    try {
      await fill(boxtop, MANY, ['--network', 'none']);
      const figures = await compare([{ name: 'boxtop', argv: [...boxtop.cli, 'ps'] }], ROUNDS);
      return { what: `\`ps\`, ${MANY} containers running`, goal: '≤ 200 ms', figures };
    } finally {
      await removeAll(boxtop);
    }
  },
};

async function startRow({ engines, work, say }: Bench, count: number, flags: string[]): Promise<Row> {
  const boxtop = engines[0]!;
  await importBusybox([boxtop], work);
  try {
    const alone = await startOnes(boxtop, flags);
    say(`starting ${count} containers`);
    await fill(boxtop, count, flags);
    const crowded = await startOnes(boxtop, flags);
    const first = figure('alone', alone).median;
    return {
      what: `\`run -d ${[...flags, 'busybox'].join(' ')}\` with ${count} others running (without: ${first.toFixed(0)} ms)`,
      goal: '≤ 1.2 × without',
      figures: [figure('boxtop', crowded)],
    };
  } finally {
    await removeAll(boxtop);
  }
}

/** Milliseconds of single starts, each removed again. */
async function startOnes(engine: EngineUnderTest, flags: string[]): Promise<number[]> {
  const times: number[] = [];
  for (let round = 0; round <= ROUNDS; round += 1) {
    const begin = performance.now();
    const id = await startOne(engine, flags);
    if (round > 0) times.push(performance.now() - begin);
    await run([...engine.cli, 'rm', '-f', id]);
  }
  return times;
}

async function startOne(engine: EngineUnderTest, flags: string[]): Promise<string> {
  return (await run([...engine.cli, 'run', '-d', ...flags, IMAGE, 'sleep', '100000'])).trim();
}

async function fill(engine: EngineUnderTest, count: number, flags: string[]): Promise<void> {
  let left = count;
  await Promise.all(
    Array.from({ length: WRITERS }, async () => {
      while (left-- > 0) await startOne(engine, flags);
    }),
  );
}
