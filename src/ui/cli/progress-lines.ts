/** Progress as text: one line per change of status, or a block of bars that is redrawn in place (Docker's jsonmessage). */
import type { Progress } from '../../engine/index.ts';
import { humanSize } from '../format/units.ts';
import type { Output } from './io.ts';

export interface ProgressView {
  show(progress: Progress): void;
  /** Writes what is still to be written. */
  end(): Promise<void>;
}

/** Without a terminal: bars are left out, each status of a layer is said once. */
export function createLines(output: Output): ProgressView {
  const seen = new Map<string, string>();
  let written = Promise.resolve();
  return {
    show({ id, status, total }) {
      if (total !== undefined || (id !== undefined && seen.get(id) === status)) return;
      if (id !== undefined) seen.set(id, status);
      written = written.then(() => output.write(`${id === undefined ? '' : `${id}: `}${status}\n`));
      written.catch(() => {}); // told by `end`
    },
    end: () => written,
  };
}

const FRAME_MS = 50;

/** On a terminal: a line per layer, redrawn at most twenty times a second. */
export function createBars(output: Output): ProgressView {
  const rows = new Map<string, string>();
  let drawn = 0;
  let lastFrame = 0;
  let written = Promise.resolve();
  const write = (text: string) => {
    written = written.then(() => output.write(text));
    written.catch(() => {}); // told by `end`
  };
  const draw = () => {
    lastFrame = Date.now();
    const up = drawn > 0 ? `\x1b[${drawn}A` : '';
    write(up + [...rows.values()].map((line) => `\x1b[2K\r${line.slice(0, output.columns())}\n`).join(''));
    drawn = rows.size;
  };
  return {
    show(progress) {
      if (progress.id === undefined) {
        draw();
        write(`${progress.status}\n`);
        rows.clear();
        drawn = 0;
        return;
      }
      rows.set(progress.id, `${progress.id}: ${progressText(progress, output.columns())}`);
      if (progress.total === undefined || Date.now() - lastFrame >= FRAME_MS) draw();
    },
    end() {
      if (rows.size > 0) draw();
      return written;
    },
  };
}

/** 'Downloading [=====>    ]  1.2MB/3.4MB', narrower on a narrow terminal. */
export function progressText({ status, current, total }: Progress, columns: number): string {
  if (current === undefined) return status;
  const size = humanSize(current);
  if (total === undefined || total <= 0) return `${status} ${size.padStart(8)}`;
  const numbers = current >= total ? size.padStart(8) : `${size.padStart(8)}/${humanSize(total)}`;
  if (columns < 110) return `${status} ${numbers}`;
  const filled = Math.min(50, Math.trunc((current / total) * 50));
  const bar = `[${'='.repeat(filled)}>${' '.repeat(50 - filled)}]`;
  return `${status} ${bar} ${numbers}`;
}
