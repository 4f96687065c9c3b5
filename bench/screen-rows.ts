/** Rows of the screen: its first frame, what it costs while nothing happens, and how fast it answers keys. */
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { spawn } from 'node-pty';
import type { EngineUnderTest } from './engines.ts';
import { firstFrame, isFullFrame } from './first-frame.ts';
import { keyLatency, percentile, startFloods } from './key-latency.ts';
import type { Bench } from './main.ts';
import { figure } from './measure.ts';
import { IMAGE, importBusybox, removeAll, startSleepers } from './objects.ts';
import type { Row } from './report.ts';
import { cpuMs } from './usage.ts';

const IDLE_CONTAINERS = 30;
const SETTLE_MS = 4000;
const IDLE_MS = 10_000;
const KEYS = 60;
const KEY_GAP_MS = 60;

/** Of each of the two logs that flood. */
const LINES_PER_SECOND = 5000;

export const SCREEN_ROWS: Record<string, (bench: Bench) => Promise<Row>> = {
  'screen-flood': async ({ engines, work, say }) => {
    const boxtop = boxtopOf(engines);
    await importBusybox([boxtop], work);
    startFloods(boxtop.cli, IMAGE, LINES_PER_SECOND);
    try {
      const { moves, letters, lost, framesPerSecond, cpuPercent } = await keyLatency(boxtop.cli);
      const times = [...moves, ...letters];
      const cost = `p95 ${percentile(times, 0.95).toFixed(1)} ms, ${framesPerSecond.toFixed(0)} frames/s at ${cpuPercent.toFixed(0)} % of a core, ${lost} keys lost`;
      say(`flood: ${cost}`);
      return {
        what: `key to changed screen, 200×60, two logs of ${LINES_PER_SECOND} lines/s (${cost})`,
        goal: 'p95 ≤ 16 ms',
        figures: [figure('boxtop', times)],
      };
    } finally {
      await removeAll(boxtop);
    }
  },
  screen: async ({ engines }) => ({
    what: 'first full frame of the screen, 120×40',
    goal: '≤ 120 ms',
    figures: [await firstFrame(boxtopOf(engines).cli, 12)],
  }),
  'screen-idle': async (bench) => {
    const boxtop = boxtopOf(bench.engines);
    return await withSleepers(bench, boxtop, async () => {
      const screen = await openScreen(boxtop.cli);
      await sleep(SETTLE_MS);
      const before = cpuMs(screen.pid);
      await sleep(IDLE_MS);
      const percent = ((cpuMs(screen.pid) - before) / IDLE_MS) * 100;
      screen.close();
      return {
        what: `CPU of the idle screen, ${IDLE_CONTAINERS} running containers`,
        goal: '≤ 1 % of a core',
        unit: '%',
        figures: [figure('boxtop', [percent])],
      };
    });
  },
  'screen-memory': async (bench) => {
    const boxtop = boxtopOf(bench.engines);
    return await withSleepers(bench, boxtop, async () => {
      const screen = await openScreen(boxtop.cli);
      await sleep(SETTLE_MS);
      const megabytes = memoryMb(screen.pid);
      screen.close();
      return {
        what: `memory of the screen (PSS), ${IDLE_CONTAINERS} running containers`,
        goal: '≤ 130 MB',
        unit: 'MB',
        figures: [figure('boxtop', [megabytes])],
      };
    });
  },
  'screen-key': async (bench) => {
    const boxtop = boxtopOf(bench.engines);
    return await withSleepers(bench, boxtop, async () => {
      const screen = await openScreen(boxtop.cli);
      await sleep(SETTLE_MS);
      const times: number[] = [];
      for (let key = 0; key < KEYS; key += 1) {
        times.push(await screen.press(key % 8 < 4 ? 'j' : 'k'));
        await sleep(KEY_GAP_MS);
      }
      screen.close();
      return {
        what: `key to changed screen, ${IDLE_CONTAINERS} containers (the largest is the worst of ${KEYS})`,
        goal: 'p95 ≤ 16 ms',
        figures: [figure('boxtop', times)],
      };
    });
  },
};

const boxtopOf = (engines: EngineUnderTest[]) => engines.find(({ name }) => name === 'boxtop')!;

async function withSleepers(
  bench: Bench,
  engine: EngineUnderTest,
  measure: () => Promise<Row>,
): Promise<Row> {
  await startSleepers(engine, IDLE_CONTAINERS, bench.work);
  try {
    return await measure();
  } finally {
    await removeAll(engine);
  }
}

/** The screen in a pty; `press` gives the milliseconds until something was drawn. */
async function openScreen(cli: string[]) {
  const term = spawn(cli[0]!, cli.slice(1), { cols: 160, rows: 50, name: 'xterm-256color' });
  let heard: (() => void) | undefined;
  let seen = '';
  term.onData((data) => {
    seen = (seen + data).slice(-20_000);
    heard?.();
  });
  for (let waited = 0; !isFullFrame(seen) && waited < 10_000; waited += 20) await sleep(20);
  return {
    pid: term.pid,
    press: (key: string) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        const done = () => {
          clearTimeout(timer);
          heard = undefined;
          resolve(performance.now() - start);
        };
        const timer = setTimeout(done, 1000);
        heard = done;
        term.write(key);
      }),
    close: () => term.kill('SIGTERM'),
  };
}

/** Proportional set size: shared pages are counted by share. */
function memoryMb(pid: number): number {
  const rollup = readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8');
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)![1]) / 1024;
}
