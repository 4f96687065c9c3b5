import { describe, expect, it } from 'vitest';
import { changeView } from '../../../src/ui/screen/state/moves.ts';
import { rowsOf } from '../../../src/ui/screen/state/rows.ts';
import type { ListPane, ScreenState } from '../../../src/ui/screen/state/types.ts';
import { container, fullState } from './fixture.ts';

const found = (pane: ListPane, filter: string): string[] => {
  const state: ScreenState = fullState(100, 30);
  const containers = [
    container('web', {
      Image: 'nginx:1',
      Labels: { Tier: 'Front', empty: '' },
      Ports: [{ IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' }],
      NetworkSettings: { Networks: { bridge: {} } },
      Status: 'Up 2 hours (healthy)',
    }),
    container('job', { State: 'exited', Status: 'Exited (1) 5 minutes ago' }),
    container('a=b', { State: 'paused', Status: 'Up 1 hour (health: starting) (Paused)' }),
  ];
  const view = { ...state, lists: { ...state.lists, containers } };
  return rowsOf({ ...view, ...changeView(view, pane, { filter }) }, pane).map(({ name }) => name);
};

describe('the filter of a list', () => {
  it.each([
    ['status=exited', ['job']],
    ['!status=exited', ['web', 'a=b']],
    ['label=tier', ['web']],
    ['label=tier=front', ['web']],
    ['label=tier=back', []],
    ['ancestor=nginx', ['web']],
    ['network=bridge status=running', ['web']],
    ['publish=8080', ['web']],
    ['publish=80', []],
    ['expose=80', ['web']],
    ['health=healthy', ['web']],
    ['health=starting', ['a=b']],
    ['health=none', ['job']],
    ['name=jo', ['job']],
    ['a=b', ['a=b']],
    ['exited', ['job']],
  ])('knows the words of ps: %s', (filter, names) => {
    expect(found('containers', filter)).toEqual(names);
  });

  it('knows the words of other lists', () => {
    expect(found('networks', 'driver=host')).toEqual(['host']);
    expect(found('images', 'dangling=true')).toEqual(['<none>:<none>']);
    expect(found('volumes', 'driver=local')).toHaveLength(2);
    expect(found('volumes', 'label=a')).toEqual([]);
  });
});
