/** Text out of the screen: the clipboard of the terminal, and logs as files. */
import { type FileHandle, open, unlink } from 'node:fs/promises';
import { resolve } from 'node:path';
import { cleanLine } from '../state/log-buffer.ts';
import { chosenRows, currentContainer } from '../state/rows.ts';
import type { ScreenState } from '../state/types.ts';
import type { Services } from './services.ts';

/** Terminals refuse longer texts (xterm's limit for OSC 52 is about this). */
const MAX_COPY = 75_000;

function copy({ setClipboard, notices }: Services, text: string, what: string) {
  if (text === '') return notices.info('nothing to copy');
  setClipboard(text.slice(0, MAX_COPY));
  notices.info(
    text.length > MAX_COPY ? `copied the first ${MAX_COPY} characters of ${what}` : `copied ${what}`,
  );
}

/** The ids of the marked rows, or of the one under the cursor; volumes have names only. */
export function copyIds(services: Services): void {
  const ids = chosenRows(services.store.get()).map((row) =>
    row.pane === 'images' ? row.item.Id : row.pane === 'volumes' ? row.target : row.id,
  );
  copy(
    services,
    ids.join('\n'),
    ids.length === 1 ? ids[0]!.replace(/^sha256:/, '').slice(0, 24) : `${ids.length} ids`,
  );
}

/** First and last line of what is marked; one line, the one a search has found or the last one shown, when nothing is. */
function copyRange({ log: { mark, hit, bottom } }: ScreenState, end: number): { from: number; to: number } {
  if (mark !== undefined) return { from: Math.min(mark.from, mark.to), to: Math.max(mark.from, mark.to) };
  const one = hit ?? bottom ?? end - 1;
  return { from: one, to: one };
}

const bare = (text: string): string => cleanLine(text).replace(/\x1b\[[\d;:]*m/g, '');

export function copyLog(services: Services): void {
  const { buffer } = services.log;
  const { from, to } = copyRange(services.store.get(), buffer.end);
  const lines: string[] = [];
  for (let number = from; number <= to; number += 1) {
    const entry = buffer.at(number);
    if (entry !== undefined) lines.push(bare(entry.text));
  }
  copy(services, lines.join('\n'), lines.length === 1 ? 'a line' : `${lines.length} lines`);
  services.store.update(({ log }) => ({ log: { ...log, mark: undefined } }));
}

/** Begins marking at the last line shown; movement marks on, the key again ends it. */
export function markLog({ store, log: { buffer } }: Services): void {
  store.update(({ log }) => {
    const last = log.hit ?? log.bottom ?? buffer.end - 1;
    if (log.mark !== undefined || last < buffer.first) return { log: { ...log, mark: undefined } };
    return { log: { ...log, mark: { from: last, to: last }, bottom: log.bottom ?? last } };
  });
}

/** Writes the whole log, as it was printed, to a new file in the folder the screen was started in. */
export async function exportLog(services: Services): Promise<void> {
  const { store, engine, jobs, notices } = services;
  const row = currentContainer(store.get());
  if (row === undefined) return;
  if (store.get().log.merged !== undefined) return notices.info('one log at a time: Esc leaves the others');
  const stamp = new Date().toISOString().replace(/[-:]/g, '').replace('T', '-').slice(0, 15);
  const path = resolve(`${row.name.replace(/[^\w.-]/g, '_')}-${stamp}.log`);
  const title = `export log to ${path}`;
  if (store.get().jobs.some((job) => job.title === title)) return; // the key pressed twice
  const job = jobs.start(title);
  let file: FileHandle | undefined;
  try {
    file = await open(path, 'wx', 0o600);
    let sizeBytes = 0;
    for await (const chunks of engine.containers.rawLogs(row.target, { signal: job.signal })) {
      for (const { data } of chunks) {
        sizeBytes += data.length;
        await file.appendFile(data);
      }
    }
    await file.close();
    job.end('done');
    notices.info(`log written to ${path} (${sizeBytes.toLocaleString('en')} bytes)`);
  } catch (error) {
    // Half a log is no log; a file that was there before is not ours.
    if (file !== undefined) {
      await file.close().catch(() => undefined);
      await unlink(path).catch(() => undefined);
    }
    job.end(job.signal.aborted ? 'canceled' : 'failed');
    notices.error('export log', error);
  }
}
