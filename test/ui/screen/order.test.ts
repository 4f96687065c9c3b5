import { describe, expect, it } from 'vitest';
import { statusInterval } from '../../../src/ui/screen/data/age-feed.ts';
import { type Build, createBuildBook, shownStep } from '../../../src/ui/screen/state/build-book.ts';
import { rowsOf } from '../../../src/ui/screen/state/rows.ts';
import { nextSorting } from '../../../src/ui/screen/state/sorting.ts';
import { cycleTab, numberedTab, tabStops } from '../../../src/ui/screen/state/terminals.ts';
import type { ScreenState, TerminalTab } from '../../../src/ui/screen/state/types.ts';
import { buildContent } from '../../../src/ui/screen/widgets/build-lines.ts';
import { styledWidth, wrapWords } from '../../../src/ui/screen/widgets/fit.ts';
import { container, fullState } from './fixture.ts';

const newJob = {
  id: 1,
  title: 'build .',
  state: 'running',
  startedAt: 0,
  layers: new Map(),
  lines: [],
  isShown: true,
  isStream: false,
} as const;

const names = (state: ScreenState) => rowsOf(state, 'containers').map(({ name }) => name);

describe('the order of containers', () => {
  const containers = [container('b10'), container('b9', { State: 'exited' }), container('a')];
  const state = { ...fullState(100, 30), lists: { ...fullState(100, 30).lists, containers } };

  it.each([
    ['created', ['b10', 'b9', 'a']],
    ['name', ['a', 'b9', 'b10']],
    ['state', ['b10', 'a', 'b9']],
    ['memory', ['a', 'b10', 'b9']],
  ] as const)('by %s', (key, expected) => {
    const none = { network: undefined, disk: undefined, pids: undefined };
    const usage = new Map([
      [containers[0]!.Id, { ...none, cpu: 1, memoryBytes: 10 }],
      [containers[2]!.Id, { ...none, cpu: 0, memoryBytes: 99 }],
    ]);
    expect(names({ ...state, usage, sorting: { key, isReversed: false } })).toEqual(expected);
    expect(names({ ...state, usage, sorting: { key, isReversed: true } })).toEqual(expected.toReversed());
  });

  it('comes round to the first again', () => {
    let sorting = state.sorting;
    for (let step = 0; step < 5; step += 1) sorting = nextSorting(sorting);
    expect(sorting).toEqual(state.sorting);
  });
});

describe('statuses', () => {
  it.each([
    ['Up 8 seconds', 1],
    ['Up 5 minutes', 10],
    ['Up About a minute', 10],
    ['Exited (0) 2 hours ago', 60],
  ])('with %j are read again after %i seconds', (Status, seconds) => {
    expect(statusInterval([container('x', { Status: 'Up 3 days' }), container('web', { Status })])).toBe(
      seconds,
    );
  });
});

describe('tabs', () => {
  const tab = (id: number, name: string): TerminalTab => ({
    id,
    containerId: container(name).Id,
    kind: 'exec',
    title: `${name} ${id}`,
    detachKeys: 'ctrl-p,ctrl-q',
    state: 'running',
    hasNews: false,
    shownAt: id,
  });
  const base = fullState(100, 30);
  const state = { ...base, terminals: [tab(1, 'web'), tab(2, 'web'), tab(3, 'worker-1')] };
  const labels = (one: ScreenState) => tabStops(one).map((stop) => stop.terminal?.title ?? stop.tab);

  const texts = ['top', 'inspect', 'env', 'diff', 'events'];

  it("are the container's own, one for each of its terminals", () => {
    expect(labels(state)).toEqual(['logs', 'stats', 'web 1', 'web 2', ...texts]);
    expect(labels(base)).toEqual(['logs', 'stats', 'terminal', ...texts]);
  });

  it('go round with [ and ], and by number through the terminals', () => {
    let one: ScreenState = state;
    for (let step = 0; step < labels(state).length; step += 1) one = { ...one, ...cycleTab(one, 1) };
    expect(one.tabs.containers).toBe('logs');
    one = { ...one, ...numberedTab(one, 2) };
    const first = one.terminals.map(({ shownAt }) => shownAt);
    one = { ...one, ...numberedTab(one, 2) };
    expect(one.terminals.map(({ shownAt }) => shownAt)).not.toEqual(first);
    expect(numberedTab({ ...state, listPane: 'volumes' }, 3)).toEqual({});
  });
});

describe('a build', () => {
  it('is known by its steps; the failed one is looked at', () => {
    let build: Build | undefined;
    const book = createBuildBook((next) => (build = next));
    book.onEvent({ type: 'step', step: 1, name: '[1/2] FROM busybox' });
    book.onEvent({ type: 'done', step: 1, isCached: true, durationMs: 0 });
    book.onEvent({ type: 'step', step: 2, name: '[2/2] RUN x' });
    book.onEvent({ type: 'output', step: 2, stream: 'stdout', data: Buffer.from('one\ntw') });
    book.onEvent({ type: 'output', step: 2, stream: 'stdout', data: Buffer.from('o\r\nthree') });
    expect(shownStep(build!, undefined)?.lines).toEqual(['one', 'two', 'three']);
    book.onEvent({ type: 'failed', step: 2, message: 'exit code: 3', isCanceled: false });
    expect(build!.steps.map(({ state }) => state)).toEqual(['cached', 'failed']);
    expect(shownStep(build!, 1)?.id).toBe(1);
    expect(shownStep(build!, undefined)?.id).toBe(2);
  });

  it('fills its lines exactly, though a Dockerfile has colours, wide characters and controls in it', () => {
    let build: Build | undefined;
    const book = createBuildBook((next) => {
      build = next;
    });
    book.onEvent({ type: 'step', step: 1, name: '[1/2] RUN echo \x1b[31mred\x1b[2J' });
    book.onEvent({ type: 'step', step: 2, name: `[2/2] RUN echo ${'世界'.repeat(40)}\x1b[0m` });
    const state = fullState(80, 24);
    const job = { ...newJob, build: build! };
    const dialog = { kind: 'build', jobId: 1, step: undefined, top: undefined } as const;
    const { lines } = buildContent(state, dialog, job);
    expect(lines[0]).toContain('RUN echo \\x1b[31mred\\x1b[2J');
    expect(lines.slice(0, 3).map(styledWidth)).toEqual([75, 76, 76]);
  });
});

describe('a toast', () => {
  it('breaks between words', () => {
    expect(wrapWords('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrapWords('abcdefghij k', 4)).toEqual(['abcd', 'efgh', 'ij k']);
  });
});
