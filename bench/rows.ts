/** The rows of the budget table: what is run, how often, and the goal. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { serveBigImage } from './big-image.ts';
import type { EngineUnderTest } from './engines.ts';
import { firstFrame } from './first-frame.ts';
import type { Bench } from './main.ts';
import { compare, run } from './measure.ts';
import type { Row } from './report.ts';

const IMAGE = 'localhost/bench-busybox:1';
const PULL_BYTES = 869e6;
const LOG_LINES = 2_000_000;

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
        3,
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
  screen: async ({ engines }) => {
    const boxtop = engines.find(({ name }) => name === 'boxtop')!;
    return {
      what: 'first full frame of the screen, 120×40',
      goal: '≤ 120 ms',
      figures: [await firstFrame(boxtop.cli, 12)],
    };
  },
};

/** podman's default here is journald, which this machine may not have. */
const logDriver = (engine: EngineUnderTest) => (engine.name === 'podman' ? ['--log-driver', 'k8s-file'] : []);

function each(engines: EngineUnderTest[], argv: (engine: EngineUnderTest) => string[], rounds: number) {
  return compare(
    engines.map((engine) => ({ name: engine.name, argv: [...engine.cli, ...argv(engine)] })),
    rounds,
  );
}

async function removeAll(engine: EngineUnderTest): Promise<void> {
  const ids = (await run([...engine.cli, 'ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await run([...engine.cli, 'rm', '-f', ...ids]);
}

/** The same one-layer image for all: static busybox with its applets. */
async function importBusybox(engines: EngineUnderTest[], work: string): Promise<void> {
  const tar = join(work, 'busybox.tar');
  const script = join(work, 'make.sh');
  writeFileSync(
    script,
    `set -e; d=$(mktemp -d); mkdir -p $d/bin $d/tmp $d/etc; cp "$(command -v busybox)" $d/bin/busybox
     for a in $(busybox --list); do [ -e $d/bin/$a ] || ln -s busybox $d/bin/$a; done
     echo root:x:0:0:root:/root:/bin/sh > $d/etc/passwd; tar -C $d -cf ${tar} .; rm -r $d`,
  );
  await run(['sh', script]);
  for (const engine of engines) {
    const held = await run([...engine.cli, 'images', '-q', IMAGE]);
    if (held.trim() === '') await run([...engine.cli, 'import', tar, IMAGE]);
  }
}
