/** npm run bench [ROW…]: measures the rows of the budget table and writes bench/RESULTS.md. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type EngineUnderTest, openEngines } from './engines.ts';
import { type Row, report } from './report.ts';
import { ROWS } from './rows.ts';

export interface Bench {
  engines: EngineUnderTest[];
  /** scratch folder, removed at the end */
  work: string;
  say(line: string): void;
}

const interrupted = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => interrupted.abort());

const wanted = process.argv.slice(2);
const say = (line: string) => console.error(`bench: ${line}`);
const work = mkdtempSync(join(tmpdir(), 'boxtop-bench-work-'));
const engines = await openEngines(say);
try {
  const bench: Bench = { engines, work, say };
  const rows = new Map<string, Row>();
  for (const [name, measure] of Object.entries(ROWS)) {
    if (wanted.length > 0 && !wanted.includes(name)) continue;
    if (interrupted.signal.aborted) break; // the row that was running has cleaned up
    say(`${name} …`);
    try {
      rows.set(name, await measure(bench));
    } catch (error) {
      say(`${name}: ${error instanceof Error ? error.message : error}`);
      process.exitCode = 1;
    }
  }
  report(rows, Object.keys(ROWS), engines);
} finally {
  for (const engine of engines.reverse()) await engine.stop();
  rmSync(work, { recursive: true, force: true });
}
