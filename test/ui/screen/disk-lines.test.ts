import { describe, expect, it } from 'vitest';
import type { DiskUsage } from '../../../src/engine/index.ts';
import { diskLines } from '../../../src/ui/screen/widgets/disk-lines.ts';
import { styledWidth } from '../../../src/ui/screen/widgets/fit.ts';

const NOTHING = { TotalCount: 0, ActiveCount: 0, TotalSize: 0, Reclaimable: 0, Items: [] };

const volume = (Name: string, Size: number, RefCount: number) => ({
  Name,
  Driver: 'local',
  Mountpoint: `/v/${Name}`,
  CreatedAt: '',
  Labels: null,
  Scope: 'local' as const,
  Options: null,
  UsageData: { RefCount, Size },
});

const plainText = (lines: string[]) => lines.map((line) => line.replace(/\x1b\[\d+m/g, ''));

describe('the view of the disk', () => {
  const usage: DiskUsage = {
    Images: { ...NOTHING, TotalCount: 3, ActiveCount: 1, TotalSize: 3_000_000, Reclaimable: 1_000_000 },
    Containers: NOTHING,
    Volumes: {
      TotalCount: 2,
      ActiveCount: 1,
      TotalSize: 1_000_000,
      Reclaimable: 200_000,
      Items: [volume('a'.repeat(200), 200_000, 0), volume('data', 800_000, 2), volume('nfs', -1, 1)],
    },
    BuildCache: NOTHING,
  };

  it('shows each kind with its share, the total, and what nothing uses', () => {
    const lines = plainText(diskLines(usage, 72));
    expect(lines[0]).toMatch(/^Images +1\/3 +3MB █{12}░{4} 1MB unused$/);
    expect(lines[1]).toMatch(/^Containers +0B ░{16}$/);
    expect(lines[4]).toMatch(/^Total +4MB$/);
    expect(lines.join('\n')).toContain('1.2MB is used by nothing.');
  });

  it('names the largest first, within the width', () => {
    const lines = diskLines(usage, 72);
    const largest = plainText(lines).slice(-2);
    expect(largest[0]).toMatch(/^volume +data +800kB 2 containers$/);
    expect(largest[1]).toMatch(/^volume +a+… +200kB unused$|^volume +a+ +200kB unused$/);
    expect(Math.max(...lines.map(styledWidth))).toBeLessThanOrEqual(72);
  });

  it('of an empty store says that nothing is lost', () => {
    const empty = { Images: NOTHING, Containers: NOTHING, Volumes: NOTHING, BuildCache: NOTHING };
    expect(plainText(diskLines(empty, 72)).at(-1)).toBe('Everything is used by something.');
  });
});
