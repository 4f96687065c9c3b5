/** What this machine and this process may do: read once, used to keep the OCI config within it. */
import { accessSync, constants, existsSync, readdirSync, readFileSync } from 'node:fs';
import { arch } from 'node:os';
import { capabilitiesOfMask } from './capabilities.ts';
import { type CgroupFacts, readCgroupFacts } from './cgroup-facts.ts';

/** 'hybrid': v1 controllers beside a cgroup2 tree that has controllers of its own (crun refuses it). */
export type CgroupMode = 'v1' | 'hybrid' | 'v2';

export interface HostFacts {
  /** our bounding set: no container can have more */
  capabilities: ReadonlySet<string>;
  /** our hard limits by /proc/self/limits name, e.g. 'Max open files'; Infinity = unlimited */
  hardLimits: ReadonlyMap<string, number>;
  cgroupMode: CgroupMode;
  hasAppArmor: boolean;
  /** may raise rlimits and lower oom_score_adj */
  canRaiseLimits: boolean;
  oomScoreAdj: number;
  /** Go's name of the processor: 'amd64', 'arm64' … */
  goArch: string;
  /** 'major.minor' of the kernel as numbers */
  kernel: readonly [number, number];
  /** what control groups can limit here */
  cgroup: CgroupFacts;
  /** paths under /sys to mask beside Docker's fixed list */
  thermalPaths: readonly string[];
}

let facts: HostFacts | undefined;

/** Facts of the machine; the first call reads them, later ones answer from memory. */
export function hostFacts(): HostFacts {
  facts ??= readFacts();
  return facts;
}

const GO_ARCH: Readonly<Record<string, string>> = {
  x64: 'amd64',
  ia32: '386',
  ppc64: 'ppc64le',
  mipsel: 'mipsle',
};

function readFacts(): HostFacts {
  const status = readFileSync('/proc/self/status', 'utf8');
  const bounding = /^CapBnd:\s*([0-9a-f]+)$/m.exec(status)?.[1] ?? '0';
  const capabilities = new Set(capabilitiesOfMask(BigInt(`0x${bounding}`)));
  const release = readFileSync('/proc/sys/kernel/osrelease', 'utf8').split('.');
  return {
    capabilities,
    hardLimits: readHardLimits(readFileSync('/proc/self/limits', 'utf8')),
    cgroupMode: readCgroupMode(),
    hasAppArmor: existsSync('/sys/kernel/security/apparmor'),
    canRaiseLimits: capabilities.has('CAP_SYS_RESOURCE'),
    oomScoreAdj: Number(readFileSync('/proc/self/oom_score_adj', 'utf8')),
    goArch: GO_ARCH[arch()] ?? arch(),
    kernel: [Number.parseInt(release[0] ?? '0', 10), Number.parseInt(release[1] ?? '0', 10)],
    cgroup: readCgroupFacts(),
    thermalPaths: thermalPaths(),
  };
}

/** Parses /proc/self/limits (proc(5)): name, soft, hard, unit in columns. */
export function readHardLimits(text: string): Map<string, number> {
  const limits = new Map<string, number>();
  for (const line of text.split('\n').slice(1)) {
    const columns = /^(.+?)\s{2,}(\S+)\s+(\S+)/.exec(line);
    if (columns === null) continue;
    const hard = columns[3]!;
    limits.set(columns[1]!, hard === 'unlimited' ? Number.POSITIVE_INFINITY : Number(hard));
  }
  return limits;
}

function readCgroupMode(): CgroupMode {
  if (existsSync('/sys/fs/cgroup/cgroup.controllers')) return 'v2';
  try {
    return readFileSync('/sys/fs/cgroup/unified/cgroup.controllers', 'utf8').trim() === '' ? 'v1' : 'hybrid';
  } catch {
    return 'v1'; // no unified tree at all
  }
}

/** GHSA-6fw5-f8r9-fgfm: the host's temperature counters are a side channel. */
function thermalPaths(): string[] {
  const base = '/sys/devices/system/cpu';
  try {
    accessSync(`${base}/cpu0/thermal_throttle`, constants.F_OK);
    return readdirSync(base)
      .filter((name) => /^cpu\d+$/.test(name))
      .map((name) => `${base}/${name}/thermal_throttle`);
  } catch {
    return []; // no such counters on this machine
  }
}
