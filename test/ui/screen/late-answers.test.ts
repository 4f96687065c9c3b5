import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Engine, EngineEvent, LogLine } from '../../../src/engine/index.ts';
import { createDocumentFeed } from '../../../src/ui/screen/data/document-feed.ts';
import { followCursor } from '../../../src/ui/screen/data/follow-cursor.ts';
import { createListFeed } from '../../../src/ui/screen/data/list-feed.ts';
import { createLogFeed } from '../../../src/ui/screen/data/log-feed.ts';
import type { Services } from '../../../src/ui/screen/keys/services.ts';
import { createStore } from '../../../src/ui/screen/state/store.ts';
import type { ScreenState, TerminalTab } from '../../../src/ui/screen/state/types.ts';
import { fullState } from './fixture.ts';

const base = fullState(100, 30);
const web = base.lists.containers[0]!;

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const withState = (state: ScreenState, State: typeof web.State): ScreenState => ({
  ...state,
  lists: { ...state.lists, containers: [{ ...web, State }, ...state.lists.containers.slice(1)] },
});
const plainText = (lines: readonly string[]) => lines.join('\n').replace(/\x1b\[[\d;]*m/g, '');

describe('a text of the details', () => {
  const shows = (tab: 'top' | 'inspect') => ({ ...base, tabs: { ...base.tabs, containers: tab } });

  it('is not overwritten by an answer that was asked for before', async () => {
    const answers: ((value: unknown) => void)[] = [];
    const inspect = () => new Promise((resolve) => answers.push(resolve));
    const store = createStore(shows('inspect'));
    const feed = createDocumentFeed({ containers: { inspect } } as unknown as Engine, store);
    feed.follow();
    await vi.advanceTimersByTimeAsync(100);
    feed.refresh();
    await vi.advanceTimersByTimeAsync(10);
    answers[1]!('new');
    await vi.advanceTimersByTimeAsync(1);
    answers[0]!('old');
    await vi.advanceTimersByTimeAsync(1);
    expect(plainText(store.get().document.lines)).toBe('"new"');
    feed.stop();
  });

  it('is read again when the list, which comes behind the event, says that the container runs', async () => {
    const store = createStore(withState(shows('top'), 'exited'));
    const top = async () => ({ Titles: ['PID'], Processes: [['17']] });
    const feed = createDocumentFeed({ containers: { top } } as unknown as Engine, store);
    feed.follow();
    feed.refresh(); // the event of the start
    await vi.advanceTimersByTimeAsync(100);
    expect(plainText(store.get().document.lines)).toBe('not running');
    store.update((state) => withState(state, 'running'));
    feed.follow();
    await vi.advanceTimersByTimeAsync(10);
    expect(plainText(store.get().document.lines)).toBe('PID\n17');
    feed.stop();
  });

  it('is read at its own pace, however many events came while it was read', async () => {
    let calls = 0;
    const top = async () => {
      calls += 1;
      await new Promise((resolve) => setTimeout(resolve, 50));
      return { Titles: ['PID'], Processes: [] };
    };
    const store = createStore(shows('top'));
    const feed = createDocumentFeed({ containers: { top } } as unknown as Engine, store);
    feed.follow();
    await vi.advanceTimersByTimeAsync(70);
    for (let event = 0; event < 5; event += 1) {
      feed.refresh();
      await vi.advanceTimersByTimeAsync(10);
    }
    await vi.advanceTimersByTimeAsync(1000);
    calls = 0;
    await vi.advanceTimersByTimeAsync(10_000);
    expect(calls).toBeLessThanOrEqual(5);
    feed.stop();
  });
});

describe('a log', () => {
  const at = (second: number) => `2026-01-02T03:04:${String(second).padStart(2, '0')}.000000000Z`;
  const line = (second: number, text: string): LogLine => ({
    time: at(second),
    stream: 'stdout',
    data: Buffer.from(text),
    isComplete: true,
  });

  /** Containers whose logs end, and begin again. */
  function logsOf() {
    const written: LogLine[] = [];
    const ends: (() => void)[] = [];
    const logs = async function* (_: string, { since, tail }: { since?: string; tail?: number }) {
      const shown = written.filter(({ time }) => since === undefined || time >= since);
      if (shown.length > 0 && tail !== 0) yield shown;
      await new Promise<void>((resolve) => ends.push(resolve));
    };
    const store = createStore(base);
    const feed = createLogFeed({ containers: { logs } } as unknown as Engine, store);
    const texts = () => {
      const { buffer } = feed;
      return Array.from(
        { length: buffer.end - buffer.first },
        (_, index) => buffer.at(buffer.first + index)!.text,
      );
    };
    return { written, ends, store, feed, texts };
  }

  it('goes on behind what is marked and scrolled to when the container is started again', async () => {
    const { written, ends, store, feed, texts } = logsOf();
    written.push(line(1, 'one'), line(2, 'two'), line(2, 'three'));
    feed.show([web.Id]);
    await vi.advanceTimersByTimeAsync(100);
    store.update(({ log }) => ({ log: { ...log, bottom: 1, mark: { from: 0, to: 1 } } }));
    const { buffer } = feed;
    ends[0]!();
    await vi.advanceTimersByTimeAsync(1);
    written.push(line(3, 'four'));
    feed.reopen(web.Id);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts()).toEqual(['one', 'two', 'three', 'four']);
    expect(feed.buffer).toBe(buffer);
    feed.stop();
  });

  it('goes on when the start is told before its end was noticed', async () => {
    const { written, ends, feed, texts } = logsOf();
    written.push(line(1, 'one'));
    feed.show([web.Id]);
    await vi.advanceTimersByTimeAsync(100);
    written.push(line(2, 'two'));
    feed.reopen(web.Id);
    ends[0]!();
    await vi.advanceTimersByTimeAsync(1);
    expect(texts()).toEqual(['one', 'two']);
    feed.stop();
  });

  it('of several has what a container wrote between its start and our reading', async () => {
    const { written, ends, feed, texts } = logsOf();
    feed.show([web.Id, base.lists.containers[1]!.Id]);
    await vi.advanceTimersByTimeAsync(400);
    ends[0]!();
    await vi.advanceTimersByTimeAsync(1);
    written.push(line(2, 'at once'));
    feed.reopen(web.Id);
    await vi.advanceTimersByTimeAsync(1);
    expect(texts()).toEqual(['at once']);
    feed.stop();
  });
});

it('lists that can be read say nothing of the one that can not', async () => {
  const store = createStore(base);
  let isBroken = true;
  const list = async () => [];
  const containers = async () => {
    if (isBroken) throw new Error('no space left');
    return [];
  };
  const engine = {
    containers: { list: containers },
    images: { list },
    volumes: { list },
    networks: { list },
    system: { watch: () => undefined },
  } as unknown as Engine;
  const feed = createListFeed(engine, store);
  feed.start(new AbortController().signal);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.get().staleReason).toBe('no space left');
  feed.refresh(['images']);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.get().staleReason).toBe('no space left');
  isBroken = false;
  feed.refresh(['containers']);
  await vi.advanceTimersByTimeAsync(1);
  expect(store.get().staleReason).toBeUndefined();
});

describe('a terminal that has ended', () => {
  const terminal: TerminalTab = {
    id: 7,
    containerId: 'new',
    kind: 'attach',
    title: 'new',
    detachKeys: 'ctrl-p,ctrl-q',
    state: 'exited',
    exitCode: 127,
    shownAt: 1,
    hasNews: false,
  };

  function screen() {
    const store = createStore({ ...base, terminals: [terminal] });
    const closed: number[] = [];
    let tell: (event: EngineEvent) => void = () => undefined;
    const nothing = () => undefined;
    followCursor({
      store,
      log: { show: nothing, reopen: nothing },
      documents: { follow: nothing, refresh: nothing },
      lists: { onEvent: (listener: typeof tell) => (tell = listener) },
      sessions: { close: async (id: number) => void closed.push(id), resizeAll: nothing },
      layout: () => ({ details: { width: 0 } }),
    } as unknown as Services);
    return {
      store,
      closed,
      tell: (Action: string) => tell({ Type: 'container', Action, Actor: { ID: 'new' } } as EngineEvent),
    };
  }

  it('stays while its container is not in the list yet, and goes with it', () => {
    const { store, closed } = screen();
    store.flush();
    expect(closed).toEqual([]);
    store.update(({ lists }) => ({ lists: { ...lists, containers: [{ ...web, Id: 'new' }] } }));
    store.flush();
    store.update(({ lists }) => ({ lists: { ...lists, containers: [] } }));
    store.flush();
    expect(closed).toEqual([7]);
  });

  it('goes when its container was removed before any list had it', () => {
    const { store, closed, tell } = screen();
    tell('start');
    store.flush();
    expect(closed).toEqual([]);
    tell('destroy');
    expect(closed).toEqual([7]);
  });
});
