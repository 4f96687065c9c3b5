/** Rows of the builder: a cached rebuild, a COPY of many files, memory with a large context. docker builds with its classic builder, where nothing else is said. */
import { spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineUnderTest } from './engines.ts';
import type { Bench } from './main.ts';
import { compare, figure, run } from './measure.ts';
import { IMAGE, importBusybox } from './objects.ts';
import type { Row } from './report.ts';

const STEPS = 30;
const FOLDERS = 290;
const FILES_PER_FOLDER = 100;
const FILE_BYTES = 18_600;
const BIG_BYTES = 2 * 2 ** 30;
const TAG = 'localhost/bench-build:1';

const env = { ...process.env, DOCKER_BUILDKIT: '0' };

export const BUILD_ROWS: Record<string, (bench: Bench) => Promise<Row>> = {
  'build-cached': (bench) => cachedRebuild(bench, "docker's classic builder", env),
  'build-cached-buildkit': (bench) =>
    cachedRebuild(bench, "docker's BuildKit", { ...env, DOCKER_BUILDKIT: '1' }),
  'build-copy': async ({ engines, work, say }) => {
    const builders = withBuilder(engines);
    await importBusybox(builders, work);
    const context = join(work, 'copy');
    say('making a context of 540 MB');
    writeFiles(join(context, 'files'));
    writeFileSync(join(context, 'Dockerfile'), `FROM ${IMAGE}\nCOPY files /files\n`);
    const figures = await compare(
      builders.map(({ name, cli }) => ({
        name,
        argv: [...cli, 'build', '-q', '-t', TAG, context],
        env,
        // each begins with nothing to remember and nothing left to write
        before: async () => {
          await forget({ name, cli });
          await run(['sync']);
        },
      })),
      2,
      0,
    );
    const what = `\`build\`, COPY of ${Math.round((FOLDERS * FILES_PER_FOLDER * FILE_BYTES) / 1e6)} MB in ${FOLDERS * FILES_PER_FOLDER} files`;
    return { what, goal: '≤ 0.6 × docker', figures };
  },
  'build-memory': async ({ engines, work, say }) => {
    const [own] = engines;
    const peaks: number[] = [];
    for (const bytes of [BIG_BYTES / 10, BIG_BYTES]) {
      const context = writeBigFile(join(work, 'big'), bytes);
      peaks.push(await peakMegabytes([...own!.cli, 'build', '-q', '-t', TAG, context]));
      await forget(own!);
      rmSync(context, { recursive: true });
    }
    const [small, big] = peaks as [number, number];
    say(`build-memory: ${Math.round(small)} MB with a tenth of the context`);
    return {
      what: 'largest memory of a `build` with a context of 2 GiB, above that with 0.2 GiB',
      goal: '≤ 50 MB',
      unit: 'MB',
      figures: [figure('boxtop', [big - small])],
    };
  },
};

/** `env`: which of docker's builders it is compared with. */
async function cachedRebuild(
  { engines, work }: Bench,
  builder: string,
  env: NodeJS.ProcessEnv,
): Promise<Row> {
  const builders = withBuilder(engines);
  await importBusybox(builders, work);
  const context = join(work, 'cached');
  mkdirSync(context, { recursive: true });
  const lines = Array.from({ length: STEPS - 1 }, (_, index) => {
    if (index % 2 === 0) return `RUN echo ${index} > /f${index}`;
    writeFileSync(join(context, `g${index}`), `${index}\n`);
    return `COPY g${index} /g${index}`;
  });
  writeFileSync(join(context, 'Dockerfile'), [`FROM ${IMAGE}`, ...lines, ''].join('\n'));
  const argv = ['build', '-q', '--network', 'none', '-t', TAG, context];
  const figures = await compare(
    builders.map(({ name, cli }) => ({ name, argv: [...cli, ...argv], env })),
    15,
  );
  return {
    what: `\`build\`, ${STEPS} steps, all cached; beside ${builder}`,
    goal: '≤ 0.5 × docker',
    figures,
  };
}

function writeBigFile(context: string, bytes: number): string {
  mkdirSync(context, { recursive: true });
  const descriptor = openSync(join(context, 'big'), 'w');
  const chunk = Buffer.alloc(2 ** 20, 'x');
  for (let written = 0; written < bytes; written += chunk.length) {
    chunk.writeDoubleBE(written); // no two the same
    writeSync(descriptor, chunk);
  }
  closeSync(descriptor);
  writeFileSync(join(context, 'Dockerfile'), 'FROM scratch\nCOPY big /\n');
  return context;
}

/** podman's builder is another program, which nobody measures against here. */
const withBuilder = (engines: EngineUnderTest[]) => engines.filter(({ name }) => name !== 'podman');

/** The next build finds nothing in the cache. */
async function forget({ name, cli }: Pick<EngineUnderTest, 'name' | 'cli'>): Promise<void> {
  await run([...cli, 'rmi', '-f', TAG]).catch(() => {});
  if (name === 'boxtop') await run([...cli, 'builder', 'prune', '-af']);
}

function writeFiles(folder: string): void {
  const content = Buffer.alloc(FILE_BYTES, 'boxtop ');
  for (let i = 0; i < FOLDERS; i += 1) {
    mkdirSync(join(folder, `d${i}`), { recursive: true });
    for (let k = 0; k < FILES_PER_FOLDER; k += 1) {
      content.writeUInt32BE(i * FILES_PER_FOLDER + k);
      writeFileSync(join(folder, `d${i}/f${k}`), content);
    }
  }
}

/** The program's largest resident memory (VmHWM). */
function peakMegabytes(argv: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { env, stdio: ['ignore', 'ignore', 'inherit'] });
    let kilobytes = 0;
    const timer = setInterval(() => {
      try {
        const status = readFileSync(`/proc/${child.pid}/status`, 'utf8');
        kilobytes = Math.max(kilobytes, Number(/VmHWM:\s+(\d+)/.exec(status)?.[1] ?? 0));
      } catch {
        // it has just ended
      }
    }, 20);
    child.on('error', reject);
    child.on('close', (code) => {
      clearInterval(timer);
      if (code === 0) resolve(kilobytes / 1000);
      else reject(new Error(`${argv.join(' ')}: exit ${code}`));
    });
  });
}
