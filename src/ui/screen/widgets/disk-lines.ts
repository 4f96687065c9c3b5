/** What the store takes of the disk, as lines: a bar a kind, then what is largest. Pure. */
import type { DiskUsage, UsageOf } from '../../../engine/index.ts';
import { humanSize } from '../../format/units.ts';
import { containerName, plain } from '../state/rows.ts';
import { bar } from './bar.ts';
import { fitText } from './fit.ts';
import { theme } from './theme.ts';

const MAX_LARGEST = 8;
const BAR_CELLS = 16;
const USE_CELLS = 26;

interface Holder {
  kind: string;
  name: string;
  bytes: number;
  /** who uses it, or that nobody does */
  use: string;
  isFree: boolean;
}

/** Lines of `width` cells at most. */
export function diskLines(usage: DiskUsage, width: number): string[] {
  const { Images, Containers, Volumes, BuildCache } = usage;
  const kinds: [string, UsageOf<unknown>][] = [
    ['Images', Images],
    ['Containers', Containers],
    ['Volumes', Volumes],
    ['Build cache', BuildCache],
  ];
  const total = kinds.reduce((sum, [, { TotalSize }]) => sum + TotalSize, 0);
  const free = kinds.reduce((sum, [, { Reclaimable }]) => sum + Reclaimable, 0);
  return [
    ...kinds.map(([name, of]) => kindLine(name, of, total)),
    theme.bold(`${fitText('Total', 20)}${humanSize(total, 3).padStart(8)}`),
    '',
    ...(free > 0
      ? [
          `${theme.bold(humanSize(free))} is used by nothing.`,
          `${theme.cyan('X')} prunes one list, ${theme.cyan(':system prune -a --volumes')} everything.`,
        ]
      : [theme.dim('Everything is used by something.')]),
    ...largestLines(usage, width),
  ];
}

/** 'Images        12/14    1.2GB ▇▇▇▇▇▁▁▁  300MB unused' */
function kindLine(
  name: string,
  { TotalCount, ActiveCount, TotalSize, Reclaimable }: UsageOf<unknown>,
  total: number,
) {
  const count = TotalCount === 0 ? '' : `${ActiveCount}/${TotalCount}`;
  const share = total > 0 ? TotalSize / total : 0;
  const unused = Reclaimable > 0 ? theme.yellow(`${humanSize(Reclaimable, 3)} unused`) : '';
  const size = humanSize(TotalSize, 3).padStart(8);
  return `${fitText(name, 12)} ${count.padStart(7)}${size} ${theme.cyan(bar(share, BAR_CELLS))} ${unused}`.trimEnd();
}

function largestLines(usage: DiskUsage, width: number): string[] {
  const largest = holders(usage)
    .filter(({ bytes }) => bytes > 0)
    .sort((a, b) => b.bytes - a.bytes)
    .slice(0, MAX_LARGEST);
  if (largest.length === 0) return [];
  const nameWidth = Math.max(10, width - 20 - USE_CELLS);
  const lines = largest.map(({ kind, name, bytes, use, isFree }) => {
    const text = fitText(use, USE_CELLS).trimEnd();
    const shown = isFree ? theme.yellow(text) : theme.dim(text);
    return `${fitText(kind, 10)} ${fitText(plain(name), nameWidth)}${humanSize(bytes, 3).padStart(8)} ${shown}`;
  });
  return ['', theme.bold('Largest'), ...lines];
}

/** Of images only what no other has: that is what removing one gives back. */
function holders({ Images, Containers, Volumes, BuildCache }: DiskUsage): Holder[] {
  const containers = (count: number) => `${count} container${count === 1 ? '' : 's'}`;
  return [
    ...Images.Items.map((image) => ({
      kind: 'image',
      name: image.RepoTags[0] ?? image.Id.slice(7, 19),
      bytes: image.Size - image.SharedSize,
      use: image.Containers > 0 ? containers(image.Containers) : 'unused',
      isFree: image.Containers === 0,
    })),
    ...Containers.Items.map((item) => ({
      kind: 'container',
      name: containerName(item),
      bytes: item.SizeRw ?? 0,
      use: plain(item.Status),
      isFree: item.State === 'exited' || item.State === 'created',
    })),
    ...Volumes.Items.map(({ Name, UsageData: { RefCount, Size } }) => ({
      kind: 'volume',
      name: Name,
      bytes: Math.max(0, Size),
      use: RefCount > 0 ? containers(RefCount) : 'unused',
      isFree: RefCount === 0,
    })),
    ...BuildCache.Items.filter(({ Shared }) => !Shared).map(({ Description, Size, InUse }) => ({
      kind: 'cache',
      name: Description,
      bytes: Size,
      use: InUse ? 'a build' : 'unused',
      isFree: !InUse,
    })),
  ];
}
