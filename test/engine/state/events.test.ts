import { expect, it } from 'vitest';
import { eventsAfter, recordEvent } from '../../../src/engine/state/events.ts';
import { makeStore } from '../../support/engine-store.ts';

it('events of execs, however many, push no others out; of both the newest are kept', () => {
  const { ctx, close } = makeStore();
  const { state } = ctx;
  const record = (Action: string, id: string) => recordEvent(state, { Type: 'container', Action, id });
  state.write(() => {
    record('create', 'first');
    for (let i = 0; i < 3000; i += 1)
      for (const action of ['exec_create: true ', 'exec_start: true ', 'exec_die']) record(action, String(i));
  });
  const kept = () =>
    eventsAfter(state, 0).map(({ event }) => `${event.Action.split(':')[0]} ${event.Actor.ID}`);
  expect(kept()[0]).toBe('create first');
  expect(kept().at(-1)).toBe('exec_die 2999');
  expect(kept().length).toBeGreaterThan(1000);
  expect(kept().length).toBeLessThan(1001 + 256 + 1);
  state.write(() => {
    for (let i = 0; i < 5600; i += 1) record('start', String(i));
  });
  const starts = kept().filter((event) => event.startsWith('start'));
  expect(starts.length).toBeGreaterThanOrEqual(5000);
  expect(starts.length).toBeLessThan(5000 + 256 + 1);
  expect(starts.at(-1)).toBe('start 5599');
  expect(kept()).not.toContain('create first');
  expect(kept()).toContain('exec_die 2999');
  close();
});
