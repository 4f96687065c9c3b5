/** Writes bench/RESULTS.md: every row with its figures, the ratio to the others, and the goal. Rows that were not run now stay. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineUnderTest } from './engines.ts';
import type { Figure } from './measure.ts';

export interface Row {
  what: string;
  goal: string;
  /** of the figures, 'ms' unless told */
  unit?: string;
  figures: Figure[];
}

const FILE = join(import.meta.dirname, 'RESULTS.md');
const ROW = /^\|\s*([a-z][a-z0-9-]*)\s*\|.*\|$/;

/** `rows` by name; `order`: all names there are. */
export function report(
  rows: ReadonlyMap<string, Row>,
  order: readonly string[],
  engines: EngineUnderTest[],
): void {
  const versions = engines.map(({ name, version }) => `${name} ${version}`).join(', ');
  const table = new Map([
    ...formerLines(),
    ...[...rows].map(([name, row]) => [name, line(name, row)] as const),
  ]);
  const sorted = [...table].sort(([a], [b]) => order.indexOf(a) - order.indexOf(b));
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, kernel ${release()}`;
  const lines = [
    '# Figures',
    '',
    `Written by \`npm run bench\`, last with ${versions}; ${machine}.`,
    'Medians, the candidates taking turns; smallest and largest in brackets. Ratios are boxtop / other in the same run.',
    '',
    '| row | what | goal | boxtop | docker | podman | ÷ docker | ÷ podman | measured |',
    '|---|---|---|---|---|---|---|---|---|',
    ...sorted.map(([, text]) => text),
    '',
  ];
  writeFileSync(FILE, lines.join('\n'));
  console.log(readFileSync(FILE, 'utf8'));
}

/** What earlier runs wrote, by the rows' names. */
function formerLines(): [string, string][] {
  if (!existsSync(FILE)) return [];
  return readFileSync(FILE, 'utf8')
    .split('\n')
    .flatMap((text): [string, string][] => {
      const name = ROW.exec(text)?.[1];
      return name === undefined || name === 'row' ? [] : [[name, text.replace(/ {2,}/g, ' ')]];
    });
}

function line(name: string, { what, goal, unit = 'ms', figures }: Row): string {
  const of = (engine: string) => figures.find((figure) => figure.name === engine);
  const cell = (figure?: Figure) =>
    figure === undefined
      ? '–'
      : `${show(figure.median)} ${unit} (${show(figure.min)}–${show(figure.max)}, n=${figure.runs})`;
  const ratio = (other?: Figure) => {
    const own = of('boxtop');
    return own === undefined || other === undefined ? '–' : (own.median / other.median).toFixed(2);
  };
  const [docker, podman] = [of('docker'), of('podman')];
  const day = new Date().toISOString().slice(0, 10);
  return `| ${name} | ${what} | ${goal} | ${cell(of('boxtop'))} | ${cell(docker)} | ${cell(podman)} | ${ratio(docker)} | ${ratio(podman)} | ${day} |`;
}

const show = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(value < 10 ? 2 : 1));
