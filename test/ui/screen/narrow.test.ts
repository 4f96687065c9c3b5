import { describe, expect, it } from 'vitest';
import { narrowTable, withShortIds } from '../../../src/ui/screen/widgets/narrow.ts';

const PS = [
  'CONTAINER ID   IMAGE     COMMAND                  CREATED          STATUS                   PORTS     NAMES',
  'dee84f738c3d   busybox   "sh -c \'x=a; while :…"   11 minutes ago   Up 11 minutes (healthy)            web',
  '04f1f60c733b   busybox   "sleep 1000"             2 hours ago      Exited (137) 2 hours ago           other',
  '',
];

describe('a table in less room', () => {
  it('keeps the lines that fit', () => {
    expect(narrowTable(PS, 120)).toBe(PS);
  });

  it('brings columns together and shortens ages, then cuts what is widest, but never the ids', () => {
    expect(narrowTable(PS, 96)).toEqual([
      'CONTAINER ID  IMAGE    COMMAND                 CREATED  STATUS            PORTS  NAMES',
      'dee84f738c3d  busybox  "sh -c \'x=a; while :…"  11m      Up 11m (healthy)         web',
      '04f1f60c733b  busybox  "sleep 1000"            2h       Exited (137) 2h          other',
    ]);
    const narrow = narrowTable(PS, 70);
    for (const line of narrow) expect(line.length).toBeLessThanOrEqual(70);
    expect(narrow[1]).toMatch(/^dee84f738c3d {2}busybox {2}"sh -c .*… {2}11m {6}Up 11m .*… {9}web$/);
  });

  it('leaves alone what is no table, what does not fit in any way, and cells that were asked for in full', () => {
    const log = ['Hello there   everybody', 'x'.repeat(100)];
    expect(narrowTable(log, 40)).toBe(log);
    expect(narrowTable(PS, 40)).toBe(PS);
    const digests = [
      'REPOSITORY   DIGEST',
      `busybox      sha256:${'a'.repeat(64)}`,
      `b            ${'b'.repeat(64)}`,
    ];
    expect(
      narrowTable(
        digests.map((line) => `${line}   x`),
        40,
      )[0],
    ).toBe('REPOSITORY   DIGEST   x');
  });

  it('shortens ids', () => {
    expect(withShortIds(`start ${'0123456789ab'.padEnd(64, 'c')} (image=sha256:${'d'.repeat(64)})`)).toBe(
      'start 0123456789ab (image=dddddddddddd)',
    );
  });

  it('makes each of several tables narrow by itself', () => {
    const lines = [
      'Images space usage:',
      '',
      'REPOSITORY   TAG       IMAGE ID       CREATED         SIZE',
      'sysdfimg     latest    8e257e3f7aa1   2 seconds ago   2.084MB',
      '',
      'Local Volumes space usage:',
      '',
      'VOLUME NAME   LINKS     SIZE',
      'data          1         2.048MB',
    ];
    expect(narrowTable(lines, 80)).toBe(lines);
    expect(narrowTable(lines, 50)).toEqual([
      ...lines.slice(0, 2),
      'REPOSITORY  TAG     IMAGE ID      CREATED  SIZE',
      'sysdfimg    latest  8e257e3f7aa1  2s       2.084MB',
      ...lines.slice(4),
    ]);
  });
});
