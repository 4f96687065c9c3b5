import { describe, expect, it } from 'vitest';
import type { CheckReport, DiskUsage, PrunePlan } from '../../../src/engine/index.ts';
import { sections, summaryListing } from '../../../src/ui/cli/disk-usage-rows.ts';
import { aboutPrune } from '../../../src/ui/cli/prune-plan.ts';
import { reportText } from '../../../src/ui/cli/verbs/system-check.ts';
import { question } from '../../../src/ui/cli/verbs/system-prune.ts';

const NOTHING = { TotalCount: 0, ActiveCount: 0, TotalSize: 0, Reclaimable: 0, Items: [] };

const usage = (parts: Partial<DiskUsage> = {}): DiskUsage => ({
  Images: NOTHING,
  Containers: NOTHING,
  Volumes: NOTHING,
  BuildCache: NOTHING,
  ...parts,
});

describe('system df', () => {
  const summary = (parts: Partial<DiskUsage>) =>
    summaryListing(usage(parts)).rows.map((row) => Object.values(row).join('|'));

  it('has a row a kind, with a share in per cent unless there is nothing', () => {
    expect(summary({})).toEqual([
      'Images|0|0|0B|0B',
      'Containers|0|0|0B|0B',
      'Local Volumes|0|0|0B|0B',
      'Build Cache|0|0|0B|0B',
    ]);
    const images = {
      ...NOTHING,
      TotalCount: 9,
      ActiveCount: 1,
      TotalSize: 3_000_000,
      Reclaimable: 1_999_999,
    };
    expect(summary({ Images: images })[0]).toBe('Images|9|1|3MB|2MB (66%)');
    expect(summary({ Containers: { ...NOTHING, TotalSize: 512_000 } })[1]).toBe(
      'Containers|0|0|512kB|0B (0%)',
    );
    const cache = { ...NOTHING, TotalSize: 100, Reclaimable: 40 };
    expect(summary({ BuildCache: cache })[3]).toBe('Build Cache|0|0|100B|40B');
  });

  it('lists images by their first name, with what they share and what is theirs alone', () => {
    const image = {
      Id: `sha256:${'a1'.repeat(32)}`,
      ParentId: '',
      RepoTags: ['localhost:5000/app:1', 'app:2'],
      RepoDigests: [],
      Created: 0,
      Size: 2_084_000,
      SharedSize: 1_984_000,
      VirtualSize: 2_084_000,
      Labels: {},
      Containers: 2,
    };
    const nameless = { ...image, RepoTags: [] };
    const Images = { ...NOTHING, Items: [image, nameless] };
    const [list] = sections(usage({ Images }), false);
    const cells = list!.rows.map((row) => list!.columns.map((field) => row[field]));
    const ago = list!.rows[0]!['CreatedSince'];
    expect(cells).toEqual([
      ['localhost:5000/app', '1', 'a1a1a1a1a1a1', ago, '2.084MB', '1.984MB', '100kB', '2'],
      ['<none>', '<none>', 'a1a1a1a1a1a1', ago, '2.084MB', '1.984MB', '100kB', '2'],
    ]);
  });

  it('knows no size of a volume that lies elsewhere, and marks a cache in use', () => {
    const volume = {
      Name: 'nfs',
      Driver: 'local',
      Mountpoint: '/m',
      CreatedAt: '',
      Labels: null,
      Scope: 'local' as const,
      Options: { type: 'nfs' },
      UsageData: { RefCount: 1, Size: -1 },
    };
    const item = {
      ID: 'f'.repeat(64),
      Parent: '',
      Type: 'regular' as const,
      Description: 'RUN x',
      InUse: true,
      Shared: false,
      Size: 3,
      CreatedAt: '2026-01-01T00:00:00.000Z',
      LastUsedAt: null,
      UsageCount: 1,
    };
    const all = sections(
      usage({ Volumes: { ...NOTHING, Items: [volume] }, BuildCache: { ...NOTHING, Items: [item] } }),
      false,
    );
    expect(all[2]!.rows[0]).toMatchObject({ Name: 'nfs', Links: '1', Size: 'N/A' });
    expect(all[3]!.rows[0]).toMatchObject({
      ID: 'ffffffffffff*',
      LastUsedSince: '',
      CreatedAt: '2026-01-01 00:00:00.000 +0000 UTC',
    });
  });
});

describe('system prune', () => {
  it('asks in Docker’s words what will go', () => {
    expect(question({ all: false, volumes: false, filters: {} })).toBe(
      `WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all dangling images
  - all dangling build cache

Are you sure you want to continue? [y/N] `,
    );
    expect(
      question({ all: true, volumes: true, filters: { until: ['24h'], 'label!': ['b'], label: ['a'] } }),
    ).toBe(
      `WARNING! This will remove:
  - all stopped containers
  - all networks not used by at least one container
  - all volumes not used by at least one container
  - all images without at least one container associated to them
  - all build cache

  Items to be pruned will be filtered with:
  - label!=b
  - label=a
  - until=24h

Are you sure you want to continue? [y/N] `,
    );
  });

  const containers: PrunePlan = {
    Kind: 'container',
    Items: [
      { Name: 'web', Detail: 'Exited (0) 2 days ago', Size: 700_000 },
      { Name: 'job', Detail: 'Created', Size: 0 },
    ],
    Size: 700_000,
  };

  it('says on the screen what goes and how much', () => {
    expect(aboutPrune([containers])).toEqual({
      title: 'Prune containers: this goes',
      lines: [
        'web  Exited (0) 2 days ago    700kB',
        'job  Created                     0B',
        '',
        '2 objects, 700kB to reclaim',
      ],
      items: ['container web', 'container job'],
    });
    const many = Array.from({ length: 30 }, (_, i) => ({ Name: `network-${i}` }));
    const networks: PrunePlan = { Kind: 'network', Items: many, Size: 0 };
    expect(aboutPrune([networks])?.lines.slice(-4)).toEqual(['network-8', '… and 21 more', '', '30 objects']);
    expect(aboutPrune([containers, networks])?.lines).toEqual([
      'containers      2   700kB  web, job',
      'networks       30          network-0, network-1, network-2 and 27 more',
      '',
      '32 objects, 700kB to reclaim',
    ]);
    expect(aboutPrune([{ Kind: 'image', Items: [], Size: 0 }])).toBeUndefined();
  });
});

describe('system check', () => {
  const report: CheckReport = {
    Images: 1,
    Containers: 2,
    Volumes: 0,
    Layers: 3,
    Blobs: 4,
    BlobBytes: 2_000_000,
    Problems: [],
  };

  it('says what was looked at', () => {
    const seen = 'Checked 1 image, 2 containers, 0 volumes, 3 layers, 4 blobs';
    expect(reportText(report, false)).toBe(`${seen} (2MB): everything is as it should be.\n`);
    expect(reportText(report, true)).toBe(`${seen} (2MB, not read): everything is as it should be.\n`);
  });

  it('says what is wrong, what to do, and what can be repaired', () => {
    const Problems: CheckReport['Problems'] = [
      { Object: 'blob x', Message: 'it is \x1b[31mbad', Hint: 'pull it again', Repair: 'none' },
      { Object: 'layer y', Message: 'it is missing', Hint: 'unpack it', Repair: 'possible' },
      { Object: 'files z', Message: 'nobody has them', Hint: 'remove them', Repair: 'done' },
    ];
    const text = reportText({ ...report, Problems }, false);
    expect(text).not.toContain('\x1b');
    expect(text).toContain('layer y: it is missing\n  unpack it\n\n');
    expect(text).toContain('files z: nobody has them\n  repaired\n\n');
    expect(text).toMatch(
      /: 3 problems\.\nRepaired: 1\.\n1 can be repaired with: boxtop system check --repair\n$/,
    );
  });
});
