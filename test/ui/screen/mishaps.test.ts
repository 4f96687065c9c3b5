import { expect, it } from 'vitest';
import type { EngineEvent } from '../../../src/engine/index.ts';
import { tellMishaps } from '../../../src/ui/screen/data/mishaps.ts';

it('tells of a lack of memory, with what to do, and of nothing that was asked for', () => {
  const told: unknown[][] = [];
  let listener: (event: EngineEvent) => void = () => {};
  const event = (Action: string) =>
    listener({
      Type: 'container',
      Action,
      Actor: { ID: 'a1', Attributes: { name: 'web' } },
      time: 1,
      timeNano: '1',
    });
  const onEvent = (wanted: typeof listener) => {
    listener = wanted;
  };
  tellMishaps({ onEvent }, { error: (...words) => void told.push(words) });
  for (const action of ['start', 'oom', 'die', 'kill']) event(action);
  expect(told).toEqual([['web', expect.objectContaining({ hint: expect.stringContaining('update -m') })]]);
});
