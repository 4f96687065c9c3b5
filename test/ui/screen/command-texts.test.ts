/** What commands say on the screen: errors, and texts. */
import { expect, it } from 'vitest';
import { type Engine, EngineError } from '../../../src/engine/index.ts';
import { runCommandLine } from '../../../src/ui/screen/data/command-io.ts';
import type { CommandServices } from '../../../src/ui/screen/data/command-services.ts';
import { createDialogs } from '../../../src/ui/screen/data/dialogs.ts';
import { createJobs } from '../../../src/ui/screen/data/jobs.ts';
import { createNotices } from '../../../src/ui/screen/data/notices.ts';
import { createSessions } from '../../../src/ui/screen/data/sessions.ts';
import { onDialogInput } from '../../../src/ui/screen/keys/dialog-keys.ts';
import type { Services } from '../../../src/ui/screen/keys/services.ts';
import { createStore, type Store } from '../../../src/ui/screen/state/store.ts';
import { dialogContent } from '../../../src/ui/screen/widgets/dialog-lines.ts';
import { fullState } from './fixture.ts';

function servicesOf(store: Store, images: object = {}): CommandServices {
  const notices = createNotices(store);
  const services: Partial<CommandServices> = {
    engine: { images } as unknown as Engine,
    store,
    notices,
    jobs: createJobs(store, notices),
    dialogs: createDialogs(store),
    sessions: createSessions(store, () => ({ columns: 80, rows: 24 })),
  };
  return services as CommandServices;
}

it('is the error with its hint, not what was printed before it', async () => {
  const store = createStore(fullState(100, 30));
  const pull = () => {
    throw new EngineError('NOT_FOUND', 'manifest for x:latest not found', { hint: 'check the name' });
  };
  await runCommandLine('pull x', servicesOf(store, { pull }));
  expect(store.get().toasts).toMatchObject([
    { level: 'error', text: 'pull x: manifest for x:latest not found', hint: 'check the name' },
  ]);
  expect(store.get().jobs.at(-1)?.lines).toContain('Using default tag: latest');
});

it('breaks between words in its window', () => {
  const lines = ['run: driver failed programming external connectivity on endpoint exciting_bhabha'];
  const { lines: shown } = dialogContent(fullState(60, 20), {
    kind: 'message',
    title: 'Error',
    lines,
    top: 0,
  });
  expect(shown).toEqual([
    'run: driver failed programming external connectivity',
    'on endpoint exciting_bhabha',
  ]);
});

it('shows a text from its beginning', async () => {
  const store = createStore(fullState(100, 30));
  await runCommandLine('help run', servicesOf(store));
  expect(store.get().dialog).toMatchObject({ kind: 'job', top: 0 });
  expect(store.get().jobs.at(-1)?.lines).toContain('Usage:  boxtop run [OPTIONS] IMAGE [COMMAND] [ARG...]');
});

it('has no help for what there is not', async () => {
  const store = createStore(fullState(100, 30));
  await runCommandLine('help nosuch', servicesOf(store));
  expect(store.get().toasts).toMatchObject([
    { level: 'error', text: 'help nosuch: unknown help topic: nosuch' },
  ]);
});

it('is left with Ctrl-C when nothing is left to cancel', async () => {
  const store = createStore(fullState(100, 30));
  const services = servicesOf(store) as Services;
  await runCommandLine('help run', services);
  onDialogInput(services, store.get().dialog!, { kind: 'key', key: 'ctrl+c', text: '' });
  expect(store.get().dialog).toBeUndefined();
});

it('is not opened above a terminal that has the keys', async () => {
  const store = createStore({ ...fullState(100, 30), isTerminalFocused: true, focusedTerminal: 1 });
  await runCommandLine('help run', servicesOf(store));
  expect(store.get().dialog).toBeUndefined();
  expect(store.get().jobs.at(-1)?.state).toBe('done');
});
