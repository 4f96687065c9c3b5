/** Time from starting the screen in a pty to its first complete frame: panes' borders and the hint line are there. */
import { spawn } from 'node-pty';
import { type Figure, figure } from './measure.ts';

const READY = /Containers[\s\S]*Images[\s\S]*\?\s*help/;
const ESCAPE = new RegExp(`${String.fromCharCode(27)}\\[[0-9;?]*[A-Za-z]`, 'g');

/** Whether what a terminal got holds the panes' titles and the line of hints. */
export const isFullFrame = (output: string): boolean => READY.test(output.replace(ESCAPE, ''));

export async function firstFrame(cli: string[], rounds: number): Promise<Figure> {
  const times: number[] = [];
  for (let round = -1; round < rounds; round += 1) {
    const ms = await once(cli);
    if (round >= 0) times.push(ms);
  }
  return figure('boxtop', times);
}

function once(cli: string[]): Promise<number> {
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const term = spawn(cli[0]!, cli.slice(1), { cols: 120, rows: 40, name: 'xterm-256color' });
    let seen = '';
    let ms = 0;
    const timer = setTimeout(() => {
      term.kill('SIGKILL');
      reject(new Error(`no full frame within 10 s: ${JSON.stringify(seen.slice(-600))}`));
    }, 10_000);
    term.onData((data) => {
      seen += data;
      if (ms > 0 || !isFullFrame(seen)) return;
      ms = performance.now() - start;
      term.write('q');
    });
    term.onExit(() => {
      clearTimeout(timer);
      if (ms > 0) resolve(ms);
      else reject(new Error(`the screen ended early: ${JSON.stringify(seen.slice(-600))}`));
    });
  });
}
