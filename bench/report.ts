/** Writes bench/RESULTS.md: every row with its figures, the ratio to the others, and the goal. */
import { readFileSync, writeFileSync } from 'node:fs';
import { cpus, release, totalmem } from 'node:os';
import { join } from 'node:path';
import type { EngineUnderTest } from './engines.ts';
import type { Figure } from './measure.ts';

export interface Row {
  what: string;
  goal: string;
  unit?: string;
  figures: Figure[];
}

const FILE = join(import.meta.dirname, 'RESULTS.md');

export function report(rows: Row[], engines: EngineUnderTest[]): void {
  const versions = engines.map(({ name, version }) => `${name} ${version}`).join(', ');
  const machine = `${cpus().length} × ${cpus()[0]?.model.trim()}, ${Math.round(totalmem() / 2 ** 30)} GiB, kernel ${release()}`;
  const lines = [
    '# Figures',
    '',
    `Written by \`npm run bench\` on ${new Date().toISOString().slice(0, 10)}: ${versions}; ${machine}.`,
    'Medians, the candidates taking turns; smallest and largest in brackets. Ratios are boxtop / other in the same run.',
    '',
    '| what | goal | boxtop | docker | podman | ÷ docker | ÷ podman |',
    '|---|---|---|---|---|---|---|',
    ...rows.map(line),
    '',
  ];
  writeFileSync(FILE, lines.join('\n'));
  console.log(readFileSync(FILE, 'utf8'));
}

function line({ what, goal, unit = 'ms', figures }: Row): string {
  const of = (name: string) => figures.find((figure) => figure.name === name);
  const cell = (figure?: Figure) =>
    figure === undefined
      ? '–'
      : `${show(figure.medianMs)} ${unit} (${show(figure.minMs)}–${show(figure.maxMs)}, n=${figure.runs})`;
  const ratio = (other?: Figure) => {
    const own = of('boxtop');
    return own === undefined || other === undefined ? '–' : (own.medianMs / other.medianMs).toFixed(2);
  };
  const [docker, podman] = [of('docker'), of('podman')];
  return `| ${what} | ${goal} | ${cell(of('boxtop'))} | ${cell(docker)} | ${cell(podman)} | ${ratio(docker)} | ${ratio(podman)} |`;
}

const show = (value: number) => (value >= 100 ? value.toFixed(0) : value.toFixed(1));
