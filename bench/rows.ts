/** The rows of the budget table: what is run, how often, and the goal. */
import { join } from 'node:path';
import { serveBigImage } from './big-image.ts';
import { BUILD_ROWS } from './build-rows.ts';
import type { EngineUnderTest } from './engines.ts';
import { startInProcess } from './in-process.ts';
import type { Bench } from './main.ts';
import { compare, figure, run } from './measure.ts';
import { monitorsMemory } from './memory.ts';
import { IMAGE, importBusybox, removeAll, startSleepers } from './objects.ts';
import type { Row } from './report.ts';
import { SCALE_ROWS } from './scale-rows.ts';
import { SCREEN_ROWS } from './screen-rows.ts';
import { STATS_ROWS } from './stats-rows.ts';

const PULL_BYTES = 869e6;
const LOG_LINES = 2_000_000;
const MEMORY_CONTAINERS = 10;

export const ROWS: Record<string, (bench: Bench) => Promise<Row>> = {
  run: async ({ engines, work }) => {
    await importBusybox(engines, work);
    const argv = (engine: EngineUnderTest) => [
      'run',
      ...engine.runFlags,
      '--rm',
      '--network',
      'none',
      IMAGE,
      'true',
    ];
    return {
      what: '`run --rm --network none busybox true`',
      goal: '≤ 0.6 × podman',
      figures: await each(engines, argv, 12),
    };
  },
  'run-bridge': async ({ engines, work }) => {
    await importBusybox(engines, work);
    const argv = (engine: EngineUnderTest) => ['run', ...engine.runFlags, '--rm', IMAGE, 'true'];
    return {
      what: '`run --rm busybox true`, default bridge',
      goal: '≤ 0.5 × podman',
      figures: await each(engines, argv, 8),
    };
  },
  ps: async ({ engines, work }) => {
    await importBusybox(engines, work);
    for (const engine of engines) {
      await run([
        ...engine.cli,
        'run',
        ...engine.runFlags,
        '-d',
        '--network',
        'none',
        IMAGE,
        'sleep',
        '1000',
      ]);
    }
    const figures = await each(engines, () => ['ps'], 20);
    for (const engine of engines) await removeAll(engine);
    return { what: '`ps`, one container running', goal: '≤ podman', figures };
  },
  pull: async ({ engines, work, say }) => {
    say('making an image of 869 MB');
    const image = await serveBigImage(join(work, 'big'), PULL_BYTES);
    try {
      const figures = await compare(
        engines.map((engine) => ({
          name: engine.name,
          argv: [
            ...engine.cli,
            'pull',
            ...(engine.name === 'podman' ? ['--tls-verify=false'] : []),
            image.reference,
          ],
          before: async () => void (await run([...engine.cli, 'rmi', image.reference]).catch(() => {})),
        })),
        2,
      );
      const size = `${Math.round(image.bytes / 1e6)} MB, ${image.files} files, 4 layers`;
      return { what: `pull from loopback (${size})`, goal: '≤ 0.25 × podman', figures };
    } finally {
      await image.stop();
    }
  },
  logs: async ({ engines, work }) => {
    await importBusybox(engines, work);
    const script = `i=0; while [ $i -lt 100 ]; do seq ${LOG_LINES / 100}; i=$((i+1)); done`;
    for (const engine of engines) {
      await run([
        ...engine.cli,
        'run',
        ...engine.runFlags,
        ...logDriver(engine),
        '--network',
        'none',
        '--name',
        'chatty',
        IMAGE,
        'sh',
        '-c',
        script,
      ]);
    }
    const figures = await each(engines, () => ['logs', 'chatty'], 3);
    for (const engine of engines) await removeAll(engine);
    return { what: '`logs` of 2 million lines', goal: '≤ 0.2 × podman', figures };
  },
  'start-in-process': async ({ engines, work }) => {
    await importBusybox(engines.slice(0, 1), work);
    return {
      what: 'engine calls create + start in a running process, no network',
      goal: '≤ 40 ms',
      figures: [figure('boxtop', await startInProcess(engines[0]!, 20))],
    };
  },
  memory: async ({ engines, work }) => {
    const figures = [];
    for (const engine of engines) {
      await startSleepers(engine, MEMORY_CONTAINERS, work);
      figures.push(figure(engine.name, [monitorsMemory(engine, MEMORY_CONTAINERS)]));
      await removeAll(engine);
    }
    return {
      what: `memory per running container (monitor or shim, its share of a daemon; ${MEMORY_CONTAINERS} running)`,
      goal: '≤ 1 MB',
      unit: 'MB',
      figures,
    };
  },
  ...SCALE_ROWS,
  ...BUILD_ROWS,
  ...SCREEN_ROWS,
  ...STATS_ROWS,
};

/** podman's default here is journald, which this machine may not have. */
const logDriver = (engine: EngineUnderTest) => (engine.name === 'podman' ? ['--log-driver', 'k8s-file'] : []);

function each(engines: EngineUnderTest[], argv: (engine: EngineUnderTest) => string[], rounds: number) {
  return compare(
    engines.map((engine) => ({ name: engine.name, argv: [...engine.cli, ...argv(engine)] })),
    rounds,
  );
}
