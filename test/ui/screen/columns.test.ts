import { describe, expect, it } from 'vitest';
import { rowLine } from '../../../src/ui/screen/panes/list-rows.ts';
import { containerRow } from '../../../src/ui/screen/state/rows.ts';
import { usersOf } from '../../../src/ui/screen/state/users.ts';
import { meter } from '../../../src/ui/screen/widgets/bar.ts';
import { compactBytes } from '../../../src/ui/screen/widgets/compact.ts';
import { styledWidth } from '../../../src/ui/screen/widgets/fit.ts';
import { container } from './fixture.ts';

const web = container('web', { Image: 'nginx:1', Status: 'Up 2 hours (healthy)' });

const line = (width: number, item = web, parts: object = {}) =>
  rowLine(containerRow(item), {
    width,
    isSelected: false,
    isMarked: false,
    isFocused: false,
    busy: undefined,
    nowSeconds: 0,
    cpu: [1, 50, 12.34],
    memoryBytes: 30_500_000,
    badge: '',
    needs: { name: 12, image: 7 },
    users: 0,
    ...parts,
  }).replace(/\x1b\[[\d;]*m/g, '');

describe('the columns of the list of containers', () => {
  it('show an image that has lost its name by its short id', () => {
    const id = `sha256:${'ab'.repeat(32)}`;
    const text = line(70, container('web', { Image: id, ImageID: id }), { needs: { name: 12, image: 12 } });
    expect(text).toContain(' abababababab ');
  });

  it.each([
    [32, /^ ● web +healthy {2}12%$/],
    [40, /^ ● web +healthy {2}12% {3}29M$/],
    [45, /^ ● web +nginx:1 healthy {2}12% {3}29M$/],
    [54, /^ ● web +nginx:1 healthy {2}12% +▁▅▁ {3}29M$/],
    [65, /^ ● web +nginx:1 healthy 2h {5}▁▅▁ {2}12\.3% {3}29M$/],
    [82, /^ ● web +nginx:1 healthy 2h +▁▅▁ {2}12\.3% {3}29M$/],
  ])('in %i cells', (width, expected) => {
    expect(line(width)).toMatch(expected);
  });

  it.each([32, 38, 40, 44, 50, 58, 60, 66, 72, 82, 98])(
    'take %i cells at most, whatever is in them',
    (width) => {
      const items = [
        web,
        container('数据库', { Image: 'registry.example.com/团队/数据库:一' }),
        container('a-container-whose-name-is-much-too-long', { Status: 'Up 3 days (health: starting)' }),
        container('job', { State: 'exited', Status: 'Exited (137) 5 minutes ago' }),
        container('again', { State: 'restarting', Status: 'Restarting (1) 30 seconds ago' }),
      ];
      for (const item of items) {
        expect(styledWidth(line(width, item))).toBeLessThanOrEqual(width);
        expect(styledWidth(line(width, item, { badge: 'open', busy: 'unpausing' }))).toBeLessThanOrEqual(
          width,
        );
      }
    },
  );

  it('give the room of figures to the status of what uses nothing', () => {
    const job = container('job', { State: 'exited', Status: 'Exited (137) 5 minutes ago' });
    expect(line(40, job)).toMatch(/^ ○ job +Exited \(137\) 5m *$/);
  });

  it('show published ports where there is much room', () => {
    const Ports = [
      { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { IP: '::', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' },
      { PrivatePort: 443, Type: 'tcp' },
    ];
    expect(line(98, { ...web, Ports })).toMatch(/ 8080→80 *$/);
  });
});

describe('a bar without a ground', () => {
  it.each([
    [0, '    '],
    [0.01, '    '],
    [0.1, '▍   '],
    [0.5, '██  '],
    [0.53, '██▏ '],
    [1, '████'],
    [7, '████'],
  ])('at %d', (share, text) => expect(meter(share, 4)).toBe(text));
});

describe('sizes in five cells', () => {
  it.each([
    [undefined, ''],
    [0, '0B'],
    [999, '999B'],
    [1000, '1.0K'],
    [10_200, '10K'],
    [1_048_576, '1.0M'],
    [31_750_000, '30M'],
    [1_072_000_000, '1.0G'],
    [25_300_000_000, '24G'],
  ])('%s is %j', (bytes, text) => expect(compactBytes(bytes)).toBe(text));
});

describe('the users of a volume', () => {
  it('are the containers that have it, each counted once', () => {
    const mount = (Name: string, Destination: string) => ({
      Type: 'volume' as const,
      Name,
      Source: '',
      Destination,
      Mode: '',
      RW: true,
      Propagation: '',
    });
    const containers = [
      container('a', { Mounts: [mount('data', '/a'), mount('data', '/b')] }),
      container('b', { Mounts: [mount('data', '/a')], State: 'exited' }),
    ];
    expect([usersOf(containers, 'data'), usersOf(containers, 'other')]).toEqual([2, 0]);
  });
});
