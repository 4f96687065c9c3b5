import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { lastEventSeq, recordEvent } from '../../../src/engine/state/events.ts';
import { watchEvents } from '../../../src/engine/state/watch.ts';
import { makeStore } from '../../support/engine-store.ts';

describe('who follows events', () => {
  let store: ReturnType<typeof makeStore>;
  let elsewhere: string;
  let follower: AbortController;
  beforeEach(() => {
    store = makeStore();
    elsewhere = mkdtempSync(join(tmpdir(), 'boxtop-watch-'));
    follower = new AbortController();
  });
  afterEach(() => {
    follower.abort();
    store.close();
    rmSync(elsewhere, { recursive: true });
  });

  const record = (id: string) => recordEvent(store.ctx.state, { Type: 'volume', Action: 'create', id });

  function follow(file: string): string[] {
    const seen: string[] = [];
    const { state } = store.ctx;
    watchEvents(state, file, lastEventSeq(state), ({ Actor }) => seen.push(Actor.ID), follower.signal);
    return seen;
  }

  it('gets each once and in order, however they come', async () => {
    record('before');
    const seen = follow(store.ctx.paths.database);
    const ids = Array.from({ length: 300 }, (_, index) => String(index));
    for (const id of ids) {
      record(id);
      await new Promise((resolve) => setTimeout(resolve, Number(id) % 4));
    }
    await expect.poll(() => seen.length, { timeout: 10_000 }).toBe(ids.length);
    expect(seen).toEqual(ids);
  });

  it('gets those that the file system gives no notice of', async () => {
    const seen = follow(join(elsewhere, 'nothing.db'));
    record('first');
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['first']);
    record('second');
    await expect.poll(() => seen, { timeout: 10_000 }).toEqual(['first', 'second']);
  });
});
