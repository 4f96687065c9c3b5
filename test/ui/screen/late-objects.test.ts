import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, vi } from 'vitest';
import { commandRun } from '../../../src/ui/screen/data/command-run.ts';
import { createDialogs } from '../../../src/ui/screen/data/dialogs.ts';
import { createJobs } from '../../../src/ui/screen/data/jobs.ts';
import { createNotices } from '../../../src/ui/screen/data/notices.ts';
import { exportLog } from '../../../src/ui/screen/keys/copying.ts';
import { onDialogInput } from '../../../src/ui/screen/keys/dialog-keys.ts';
import {
  importFirstImage,
  removeImages,
  removeVolumes,
  tagImage,
} from '../../../src/ui/screen/keys/object-actions.ts';
import { menuItems, menuTitle } from '../../../src/ui/screen/keys/places.ts';
import type { Services } from '../../../src/ui/screen/keys/services.ts';
import { jobsCursor } from '../../../src/ui/screen/state/jobs.ts';
import { LogBuffer } from '../../../src/ui/screen/state/log-buffer.ts';
import { changeView } from '../../../src/ui/screen/state/moves.ts';
import { rowsOf } from '../../../src/ui/screen/state/rows.ts';
import { createStore } from '../../../src/ui/screen/state/store.ts';
import { titleOfTerminal } from '../../../src/ui/screen/state/terminals.ts';
import type { ListPane, ScreenState, TerminalTab } from '../../../src/ui/screen/state/types.ts';
import { fullState } from './fixture.ts';

const base = fullState(100, 30);
const [web, db] = base.lists.containers;

function screenOf(state: ScreenState, engine: object) {
  const store = createStore(state);
  const notices = createNotices(store);
  const services = {
    store,
    notices,
    engine,
    dialogs: createDialogs(store),
    jobs: createJobs(store, notices),
    lists: { refresh: () => undefined },
  } as unknown as Services;
  const press = (key: string) =>
    onDialogInput(services, store.get().dialog!, { kind: 'key', key, text: key.length === 1 ? key : '' });
  const told = () => store.get().toasts.map(({ text }) => text);
  return { store, services, press, told };
}
const inPane = (listPane: ListPane): ScreenState => ({ ...base, focus: listPane, listPane });

describe('a name that another object has got while the question stood', () => {
  it.each([
    ['images', removeImages, 'removing busybox:latest: busybox:latest is another one by now, and was left'],
    ['volumes', removeVolumes, 'removing data: data is another one by now, and was left'],
  ] as const)('of %s is left', async (pane, remove, text) => {
    const removed: string[] = [];
    const api = {
      inspect: async () => ({ Id: 'sha256:other', CreatedAt: 'later' }),
      remove: async (name: string) => void removed.push(name),
    };
    const { services, press, told } = screenOf(inPane(pane), { images: api, volumes: api });
    const work = remove(services);
    press('y');
    await work;
    expect(removed).toEqual([]);
    expect(told()).toEqual([text]);
  });

  it('is not what gets the new tag', async () => {
    const tagged: string[] = [];
    const tag = async (source: string, target: string) => void tagged.push(`${source} ${target}`);
    const { services, press } = screenOf(inPane('images'), { images: { tag } });
    const work = tagImage(services);
    press('2');
    press('enter');
    await work;
    expect(tagged).toEqual([`${base.lists.images[0]!.Id} busybox:latest2`]);
  });
});

describe('the first image', () => {
  it('is made once, however often the key is pressed, and leaves the person where he went', async () => {
    let made = 0;
    let finish: () => void = () => undefined;
    const run = vi.fn(async (title: string) => {
      made += 1;
      store.update(({ jobs }) => ({
        jobs: [...jobs, { id: 1, title, state: 'running', startedAt: 0, layers: new Map(), lines: [] }],
      }));
      await new Promise<void>((resolve) => (finish = resolve));
      return {};
    });
    const { store, services } = screenOf(base, {});
    Object.assign(services, { jobs: { run } });
    const first = importFirstImage(services);
    await importFirstImage(services);
    expect(made).toBe(1);
    store.update(() => ({ focus: 'volumes', listPane: 'volumes' }));
    finish();
    await first;
    expect(store.get().listPane).toBe('volumes');
  });
});

it('the cursor of the jobs stays on its job when a new one begins', () => {
  const { services, store } = screenOf(base, {});
  const dialog = { kind: 'jobs' as const, jobId: services.jobs.start('pull a').id, cursor: 0 };
  services.jobs.start('pull b');
  const newestFirst = store.get().jobs.toReversed();
  expect(newestFirst[jobsCursor(newestFirst, dialog)]?.title).toBe('pull a');
  expect(jobsCursor([], dialog)).toBe(0);
});

describe('a menu', () => {
  const menu = { kind: 'menu' as const, title: 'web', rowId: web!.Id, itemId: 'remove', cursor: 0 };

  it('names the row as it is called now, and the marked ones', () => {
    const [first, ...others] = base.lists.containers;
    const containers = [{ ...first!, Names: ['/api'] }, ...others];
    const renamed = { ...base, lists: { ...base.lists, containers } };
    expect(menuTitle(renamed, menu)).toBe('api');
    const marks = new Set([web!.Id, db!.Id]);
    const marked = { ...base, ...changeView(base, 'containers', { marks }) };
    expect(menuTitle(marked, menu)).toBe('web · 2 marked');
  });

  it('says what happens to those that run and those that do not', () => {
    const marks = new Set([web!.Id, base.lists.containers[2]!.Id]);
    const marked = { ...base, ...changeView(base, 'containers', { marks }) };
    expect(menuItems(marked).find(({ id }) => id === 'start-stop')?.label).toBe('start/stop');
  });
});

it('a terminal is named after its container as that is called now', () => {
  const tab = { containerId: web!.Id, kind: 'exec', title: 'old sh' } as TerminalTab;
  expect(titleOfTerminal(base, tab)).toBe('web sh');
  expect(titleOfTerminal(base, { ...tab, kind: 'attach' })).toBe('web');
  expect(titleOfTerminal(base, { ...tab, containerId: 'gone' })).toBe('old sh');
});

it('a container that has ended is not sorted by what it used', () => {
  const ended = base.lists.containers[2]!;
  const usage = new Map([[ended.Id, { cpu: 90, memoryBytes: 1, network: 0, disk: 0, pids: 1 }]]);
  const sorting = { key: 'cpu', isReversed: false } as const;
  expect(rowsOf({ ...base, usage, sorting }, 'containers')[0]?.id).not.toBe(ended.Id);
});

it('a prune asks again when more would go than was agreed to', async () => {
  const { services, store, press } = screenOf(base, {});
  const about = vi
    .fn()
    .mockResolvedValueOnce({ title: 'Prune', lines: ['a'], items: ['a'] })
    .mockResolvedValue({ title: 'Prune', lines: ['a', 'b'], items: ['a', 'b'] });
  const { io } = commandRun(services.jobs.start('container prune'), services, () => undefined);
  const sure = io.confirm('Sure? [y/N] ', about);
  await vi.waitFor(() => expect(store.get().dialog).toMatchObject({ lines: ['a'] }));
  press('y');
  await vi.waitFor(() => expect(store.get().dialog).toMatchObject({ lines: ['a', 'b'] }));
  press('y');
  expect(await sure).toBe(true);
});

it('a command whose question is left with Esc is canceled, not failed', async () => {
  const { services, press } = screenOf(base, {});
  const job = services.jobs.start('login');
  const { io } = commandRun(job, services, () => undefined);
  const asked = io.ask('Username: ');
  press('esc');
  await expect(asked).rejects.toThrow('canceled');
  expect(job.signal.aborted).toBe(true);
});

it('an export of a log that is asked for twice at once leaves the first alone', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'boxtop-export-'));
  const cwd = vi.spyOn(process, 'cwd').mockReturnValue(folder);
  vi.useFakeTimers({ toFake: ['Date'] });
  try {
    const rawLogs = async function* () {
      yield [{ data: Buffer.from('one\n') }];
    };
    const { services, told } = screenOf(base, { containers: { rawLogs } });
    Object.assign(services, { log: { buffer: new LogBuffer() } });
    await Promise.all([exportLog(services), exportLog(services)]);
    expect(told()).toEqual([expect.stringMatching(/^log written to /)]);
    expect(readdirSync(folder).map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['one\n']);
  } finally {
    vi.useRealTimers();
    cwd.mockRestore();
    rmSync(folder, { recursive: true });
  }
});
