/** Keys, frames and CPU of the screen while the log that is shown floods. `node bench/key-latency.ts ROOT [LINES/S]` alone prints them. */
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { type IPty, spawn } from 'node-pty';

export interface KeyLatency {
  /** milliseconds from a key's write to the bytes that show it */
  moves: number[];
  letters: number[];
  /** keys that showed nothing within a second */
  lost: number;
  framesPerSecond: number;
  /** percent of one core, of the screen's process alone, without keys */
  cpuPercent: number;
}

const FRAME_END = '\x1b[?2026l';
const KEYS = Number(process.env['KEYS'] ?? 150);
const LOST_MS = 1000;
const FLOOD_MS = 6000;
/** Clock ticks of /proc/PID/stat a second (proc(5)); 100 on every Linux there is. */
const TICKS = 100;
/** The log is made of digits: these letters can only come from the keyboard. */
const LETTERS = [...'QXZVWY'];

const sleep = (ms: number) => new Promise((done) => setTimeout(done, ms));

/** `cli` opens the screen; its store has the running containers flood-one and flood-two only, see `startFloods`. */
export async function keyLatency(cli: readonly string[]): Promise<KeyLatency> {
  const pty = spawn(cli[0]!, cli.slice(1), { cols: 200, rows: 60, name: 'xterm-256color' });
  const output = watch(pty);
  try {
    await output.until((text) => /flood-two[\s\S]*following/.test(text), 10_000);
    await sleep(1500);
    const flood = await measureFlood(pty.pid, output);
    const moves: number[] = [];
    for (let index = 0; index < KEYS; index += 1)
      moves.push(await press(pty, output, index % 2 === 0 ? 'j' : 'k', ['flood-one', 'flood-two']));
    const letters: number[] = [];
    await press(pty, output, ':', [':']);
    for (let index = 0; index < KEYS; index += 1) {
      const letter = LETTERS[index % LETTERS.length]!;
      letters.push(await press(pty, output, letter, [letter]));
    }
    const all = [...moves, ...letters];
    const isShown = (ms: number) => Number.isFinite(ms);
    return {
      ...flood,
      moves: moves.filter(isShown),
      letters: letters.filter(isShown),
      lost: all.length - all.filter(isShown).length,
    };
  } finally {
    pty.kill('SIGTERM');
  }
}

type Output = ReturnType<typeof watch>;

/** Gathers what the program writes; escape sequences out. */
function watch(pty: IPty) {
  let raw = '';
  let frames = 0;
  let check: (() => void) | undefined;
  pty.onData((data) => {
    frames += data.split(FRAME_END).length - 1;
    raw += data;
    check?.();
  });
  return {
    frames: () => frames,
    /** Forgets what came before. */
    clear: () => (raw = ''),
    /** Milliseconds until the text since the last `clear` satisfies `test`; Infinity when it does not in time. */
    until: (test: (text: string) => boolean, timeoutMs: number): Promise<number> =>
      new Promise((done) => {
        const start = performance.now();
        const end = (ms: number) => {
          clearTimeout(timer);
          check = undefined;
          done(ms);
        };
        const timer = setTimeout(() => end(Number.POSITIVE_INFINITY), timeoutMs);
        check = () => {
          if (test(raw.replace(/\x1b\[[0-9;?]*[a-zA-Z]/g, ''))) end(performance.now() - start);
        };
        check();
      }),
  };
}

async function press(pty: IPty, output: Output, key: string, shown: readonly string[]): Promise<number> {
  await sleep(20 + Math.random() * 60);
  output.clear();
  pty.write(key);
  return output.until((text) => shown.every((one) => text.includes(one)), LOST_MS);
}

async function measureFlood(pid: number, output: Output) {
  const ticks = () => {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\) /, '')
      .split(' ');
    return Number(fields[11]) + Number(fields[12]);
  };
  const before = { ticks: ticks(), frames: output.frames(), at: performance.now() };
  await sleep(FLOOD_MS);
  const seconds = (performance.now() - before.at) / 1000;
  return {
    framesPerSecond: (output.frames() - before.frames) / seconds,
    cpuPercent: ((ticks() - before.ticks) / TICKS / seconds) * 100,
  };
}

/** Starts the two containers, each writing so many lines of digits a second, all different, in fifty portions. */
export function startFloods(cli: readonly string[], image: string, linesPerSecond: number): void {
  const portion = Math.max(1, Math.round(linesPerSecond / 50));
  const script = `i=1000000; while usleep 18000; do i=$((i+${portion})); seq $i $((i+${portion - 1})); done`;
  for (const name of ['flood-two', 'flood-one'])
    execFileSync(cli[0]!, [
      ...cli.slice(1),
      'run',
      '-d',
      '--network',
      'none',
      '--name',
      name,
      image,
      'sh',
      '-c',
      script,
    ]);
}

/** The value below which the share `part` of the values is. */
export function percentile(values: readonly number[], part: number): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? Number.NaN;
}

if (process.argv[1] === import.meta.filename) {
  const cli = [
    resolve(import.meta.dirname, '../bin/boxtop'),
    '--root',
    process.argv[2] ?? '/tmp/boxtop-keys',
  ];
  startFloods(cli, 'busybox', Number(process.argv[3] ?? 5000));
  try {
    const { moves, letters, ...rest } = await keyLatency(cli);
    const row = (values: number[]) => [0.5, 0.95, 0.99, 1].map((part) => percentile(values, part).toFixed(1));
    console.log({ 'moves p50 p95 p99 max': row(moves), 'letters p50 p95 p99 max': row(letters), ...rest });
  } finally {
    execFileSync(cli[0]!, [...cli.slice(1), 'rm', '-f', 'flood-one', 'flood-two']);
  }
}
