/** For tests of builds that are told from the record of an earlier one. */
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Built } from './builder.ts';

/** Longer than a file's time stamp is believed to change. */
export const SETTLED_MS = 50;

/** Without a look at the Dockerfile's words, no step takes any time. */
export const isTold = ({ events }: Built): boolean =>
  events.length > 0 && events.every((event) => event.type !== 'done' || event.durationMs === 0);

/** Rows of the store's database, or a change of it. */
export function query(root: string, sql: string, ...values: string[]): Record<string, unknown>[] {
  const database = new DatabaseSync(join(root, 'db/state.db'), { timeout: 60_000 });
  try {
    return database.prepare(sql).all(...values);
  } finally {
    database.close();
  }
}

/** The next build of each context is planned. */
export const forgetReplays = (root: string): void =>
  void query(root, "DELETE FROM documents WHERE kind = 'build-replay'");
