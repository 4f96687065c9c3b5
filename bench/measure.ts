/** Times whole processes, the candidates taking turns so that a disturbance hits all of them alike. */
import { spawn } from 'node:child_process';

export interface Candidate {
  name: string;
  /** argv of the timed program */
  argv: string[];
  env?: NodeJS.ProcessEnv;
  /** Untimed, before each run. */
  before?: () => Promise<void>;
}

export interface Figure {
  name: string;
  /** milliseconds, or what the row says */
  median: number;
  min: number;
  max: number;
  runs: number;
}

/** Runs a program to its end; throws with its last words when it fails. */
export function run(argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(argv[0]!, argv.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let out = '';
    let err = '';
    child.stdout.on('data', (chunk: Buffer) => {
      if (out.length < 1e6) out += chunk.toString();
    });
    child.stderr.on('data', (chunk: Buffer) => {
      err += chunk.toString();
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(out)
        : reject(new Error(`${argv.join(' ')}: ${code}: ${(err || out).slice(-800)}`)),
    );
  });
}

/** Milliseconds from spawn to exit with all output read and thrown away. */
function time(argv: string[], env: NodeJS.ProcessEnv = process.env): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const child = spawn(argv[0]!, argv.slice(1), { env, stdio: ['ignore', 'pipe', 'pipe'] });
    let err = '';
    child.stdout.resume();
    child.stderr.on('data', (chunk: Buffer) => {
      err = (err + chunk.toString()).slice(-800);
    });
    child.on('error', reject);
    child.on('close', (code) =>
      code === 0
        ? resolve(performance.now() - start)
        : reject(new Error(`${argv.join(' ')}: exit ${code}: ${err}`)),
    );
  });
}

/** `rounds` timed runs of each candidate in turn, after one warm-up each unless they are long and warm up by themselves. */
export async function compare(candidates: Candidate[], rounds: number, warmUps = 1): Promise<Figure[]> {
  const times = new Map(candidates.map(({ name }) => [name, [] as number[]]));
  for (let round = -warmUps; round < rounds; round += 1) {
    for (const { name, argv, env, before } of candidates) {
      await before?.();
      const ms = await time(argv, env);
      if (round >= 0) times.get(name)!.push(ms);
    }
  }
  return candidates.map(({ name }) => figure(name, times.get(name)!));
}

export function figure(name: string, samples: number[]): Figure {
  const sorted = [...samples].sort((a, b) => a - b);
  return {
    name,
    median: (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2,
    min: sorted[0]!,
    max: sorted.at(-1)!,
    runs: sorted.length,
  };
}
