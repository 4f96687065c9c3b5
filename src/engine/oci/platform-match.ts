/** What a host can run, and which entry of an index is best for it (containerd/platforms, compare). Pure. */
import { normalizePlatform, type Platform } from './platform.ts';

type Target = Pick<Platform, 'os' | 'architecture' | 'variant'>;

/** May an image for `candidate` run where `host` was asked for? `isStrict`: that architecture and variant only. */
export function matchesPlatform(host: Platform, candidate: Platform, isStrict = false): boolean {
  const rank = rankOf(host, candidate, isStrict);
  return rank.target !== Number.POSITIVE_INFINITY && rank.features <= 0;
}

/** Entries sorted best first; equal ones keep their order. */
export function orderPlatforms<T>(
  host: Platform,
  entries: readonly T[],
  platformOf: (entry: T) => Platform,
): T[] {
  const ranked = entries.map((entry) => ({ entry, rank: rankOf(host, platformOf(entry), false) }));
  return ranked
    .sort((a, b) => compare(a.rank.target, b.rank.target) || a.rank.features - b.rank.features)
    .map(({ entry }) => entry);
}

const compare = (a: number, b: number) => (a === b ? 0 : a - b);

/** Lower is better. `features` > 0: the candidate needs some that the host lacks. */
function rankOf(
  host: Platform,
  candidate: Platform,
  isStrict: boolean,
): { target: number; features: number } {
  const wanted = normalizePlatform(candidate);
  const targets = isStrict ? [normalizePlatform(host)] : runnableTargets(normalizePlatform(host));
  const index = targets.findIndex((target) => isSame(target, wanted));
  const offered = new Set(host.osFeatures);
  const needed = (candidate.osFeatures ?? []).filter(Boolean);
  const isSubset = needed.every((feature) => offered.has(feature));
  return { target: index === -1 ? Number.POSITIVE_INFINITY : index, features: isSubset ? -needed.length : 1 };
}

const isSame = (a: Target, b: Target) =>
  a.os === b.os && a.architecture === b.architecture && (a.variant ?? '') === (b.variant ?? '');

/** All targets a host runs, best first: lower variants, 386 on amd64, 32-bit arm on arm64. */
function runnableTargets({ os, architecture, variant }: Platform): Target[] {
  const make = (arch: string) => (v: string) => ({
    os,
    architecture: arch,
    ...(v === '' ? {} : { variant: v }),
  });
  switch (architecture) {
    case 'amd64':
      return [...amd64Variants(variant).map(make('amd64')), { os, architecture: '386' }];
    case 'arm':
      return armVariants(variant ?? 'v7').map(make('arm'));
    case 'arm64':
      return [...arm64Variants(variant).map(make('arm64')), ...armVariants('v8').map(make('arm'))];
    default:
      return [make(architecture)(variant ?? '')];
  }
}

function amd64Variants(variant = ''): string[] {
  const level = Number(/^v([2-9])$/.exec(variant)?.[1] ?? 1);
  if (level === 1) return [variant === 'v1' ? '' : variant];
  return [...Array.from({ length: level - 1 }, (_, i) => `v${level - i}`), ''];
}

/** v5 and up run everything down to v5; older ones only themselves. */
function armVariants(variant: string): string[] {
  const version = Number(/^v(\d)$/.exec(variant)?.[1] ?? 0);
  return version <= 5 ? [variant] : Array.from({ length: version - 4 }, (_, i) => `v${version - i}`);
}

/** Armv9.N includes Armv8.(N+5), 8.9 being the last of its line (Arm Architecture Reference Manual, A2.2). */
function arm64Variants(variant = 'v8'): string[] {
  const match = /^v([89])(?:\.(\d+))?$/.exec(variant);
  if (match === null) return [variant];
  const minor = Number(match[2] ?? 0);
  if (match[1] === '8') return lowerVariants(8, minor);
  return [...lowerVariants(9, minor), ...lowerVariants(8, Math.min(minor + 5, 9))];
}

const lowerVariants = (major: 8 | 9, minor: number): string[] =>
  Array.from({ length: minor + 1 }, (_, i) => minor - i).map((m) =>
    m === 0 ? (major === 8 ? '' : 'v9') : `v${major}.${m}`,
  );
