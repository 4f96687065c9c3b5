/** Mounting the app: an error while drawing is told, not swallowed. */
import { EventEmitter } from 'node:events';
import { Readable } from 'node:stream';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { StatsBook } from '../../../src/ui/screen/data/stats-book.ts';
import type { Services } from '../../../src/ui/screen/keys/services.ts';
import { mountApp } from '../../../src/ui/screen/mount.ts';
import { layoutOf } from '../../../src/ui/screen/state/layout.ts';
import { createStore } from '../../../src/ui/screen/state/store.ts';
import { fullState, sources } from './fixture.ts';

function mount() {
  const frames: string[] = [];
  const stdout = Object.assign(new EventEmitter(), {
    isTTY: true,
    columns: 100,
    rows: 30,
    write: (text: string) => frames.push(text) > 0,
  });
  const input = new Readable({ read() {} });
  const same = () => input;
  Object.assign(input, { isTTY: true, setRawMode: same, ref: same, unref: same });
  const store = createStore(fullState(100, 30));
  const services = {
    log: { buffer: sources().log },
    sessions: { get: () => undefined, focused: () => undefined },
    layout: () => layoutOf(store.get()),
  };
  const onError = vi.fn();
  const mounted = mountApp({
    store,
    services: services as unknown as Services,
    stats: new StatsBook(),
    stdout: stdout as unknown as NodeJS.WriteStream,
    inkStdin: input as unknown as NodeJS.ReadStream,
    onError,
  });
  return { store, mounted, frames, onError };
}

describe('the mounted app', () => {
  let mounted: { unmount(): void } | undefined;
  afterEach(() => mounted?.unmount());

  it('draws a whole frame at once, in one synchronized write', () => {
    const screen = mount();
    mounted = screen.mounted;
    expect(screen.frames).toHaveLength(1);
    expect(screen.frames[0]).toMatch(/^\x1b\[\?2026h.*Containers.*Networks.*\x1b\[\?2026l$/s);
  });

  it('draws nothing when nothing changed, and little when little did', async () => {
    const screen = mount();
    mounted = screen.mounted;
    screen.store.update(() => ({}));
    screen.store.flush();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(screen.frames).toHaveLength(1);
    screen.store.update(() => ({ editing: { what: 'command', edit: { text: 'ps', at: 2 } } }));
    screen.store.flush();
    await expect.poll(() => screen.frames).toHaveLength(2);
    expect(screen.frames[1]!.length).toBeLessThan(screen.frames[0]!.length / 4);
  });

  it('tells of an error while drawing', async () => {
    const screen = mount();
    mounted = screen.mounted;
    screen.store.update(() => ({ toasts: undefined as never }));
    screen.store.flush();
    await expect.poll(() => screen.onError.mock.calls.length).toBeGreaterThan(0);
  });
});
