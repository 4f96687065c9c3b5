/** The command lines typed before, kept in a file of the user's. */
import { appendFile, mkdir, readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';

const MAX_ENTRIES = 500;

export interface CommandHistory {
  /** Oldest first. */
  entries(): readonly string[];
  add(line: string): void;
}

/** Reads the history; a file that can't be read or written is no reason to fail: the history is then of this screen only. */
export function openHistory(): CommandHistory {
  const stateHome = process.env['XDG_STATE_HOME'] ?? join(homedir(), '.local/state');
  const path = join(stateHome, 'boxtop', 'history');
  let lines: string[] = [];
  void readFile(path, 'utf8').then(
    (text) => (lines = [...text.split('\n').filter((line) => line !== ''), ...lines].slice(-MAX_ENTRIES)),
    () => undefined,
  );
  return {
    entries: () => lines,
    add(line) {
      if (lines.at(-1) === line || line.startsWith(' ') || /\blogin\b/.test(line)) return;
      lines = [...lines, line].slice(-MAX_ENTRIES);
      void mkdir(dirname(path), { recursive: true, mode: 0o700 })
        .then(() => appendFile(path, `${line.replace(/\n/g, ' ')}\n`, { mode: 0o600 }))
        .catch(() => undefined);
    },
  };
}
