/** Folds a Docker seccomp profile (includes, excludes, architecture map) into the OCI form for one container. Pure. */
import { EngineError } from '../errors.ts';
import type { OciSeccomp, OciSeccompRule } from './oci-spec.ts';

/** A condition on a rule; all of its parts must hold. */
interface RuleFilter {
  caps?: string[] | null;
  arches?: string[] | null;
  minKernel?: string;
}

interface ProfileRule extends Omit<OciSeccompRule, 'names' | 'args'> {
  names?: string[];
  /** old profiles name one call */
  name?: string;
  args?: OciSeccompRule['args'] | null;
  includes?: RuleFilter | null;
  excludes?: RuleFilter | null;
}

/** Docker's profile format (moby profiles/seccomp). */
export interface SeccompProfile {
  defaultAction: string;
  defaultErrnoRet?: number;
  architectures?: string[];
  archMap?: unknown[];
  flags?: string[];
  syscalls?: ProfileRule[] | null;
}

export interface SeccompTarget {
  /** Go's name of the processor */
  goArch: string;
  kernel: readonly [number, number];
  capabilities: readonly string[];
}

const SECCOMP_ARCH: Readonly<Record<string, string>> = {
  amd64: 'SCMP_ARCH_X86_64',
  '386': 'SCMP_ARCH_X86',
  arm64: 'SCMP_ARCH_AARCH64',
  arm: 'SCMP_ARCH_ARM',
  riscv64: 'SCMP_ARCH_RISCV64',
  s390x: 'SCMP_ARCH_S390X',
  ppc64le: 'SCMP_ARCH_PPC64LE',
  loong64: 'SCMP_ARCH_LOONGARCH64',
};

/**
 * Keeps only this machine's own architecture: every further one (x86, x32) costs the runtime about 15 ms a start, and a
 * program of another architecture is then refused by the filter's default for a foreign architecture.
 */
export function foldSeccomp(profile: SeccompProfile, target: SeccompTarget): OciSeccomp {
  const rules = (profile.syscalls ?? []).filter(
    (rule) => allIncluded(rule.includes, target) && !anyExcluded(rule.excludes, target),
  );
  const arch = SECCOMP_ARCH[target.goArch];
  return {
    defaultAction: profile.defaultAction,
    ...(profile.defaultErrnoRet === undefined ? {} : { defaultErrnoRet: profile.defaultErrnoRet }),
    ...(arch === undefined ? {} : { architectures: [arch] }),
    ...(profile.flags?.length ? { flags: profile.flags } : {}),
    syscalls: mergeRules(rules),
  };
}

function allIncluded(filter: RuleFilter | null | undefined, target: SeccompTarget): boolean {
  if (!filter) return true;
  if (filter.arches?.length && !filter.arches.includes(target.goArch)) return false;
  if (filter.caps?.some((name) => !target.capabilities.includes(name))) return false;
  return filter.minKernel === undefined || isKernelAtLeast(filter.minKernel, target.kernel);
}

function anyExcluded(filter: RuleFilter | null | undefined, target: SeccompTarget): boolean {
  if (!filter) return false;
  if (filter.arches?.includes(target.goArch)) return true;
  if (filter.caps?.some((name) => target.capabilities.includes(name))) return true;
  return filter.minKernel !== undefined && isKernelAtLeast(filter.minKernel, target.kernel);
}

function isKernelAtLeast(wanted: string, kernel: readonly [number, number]): boolean {
  const [major = 0, minor = 0] = wanted.split('.').map(Number);
  return kernel[0] > major || (kernel[0] === major && kernel[1] >= minor);
}

/** Rules without arguments and with one action become one: runtimes are faster with few big rules. */
function mergeRules(rules: readonly ProfileRule[]): OciSeccompRule[] {
  const merged = new Map<string, Set<string>>();
  const special: OciSeccompRule[] = [];
  for (const { names, name, action, errnoRet, args } of rules) {
    const calls = names ?? (name === undefined ? [] : [name]);
    if (args?.length) {
      special.push({ names: calls, action, ...(errnoRet === undefined ? {} : { errnoRet }), args });
      continue;
    }
    const key = JSON.stringify([action, errnoRet]);
    const known = merged.get(key) ?? new Set();
    for (const call of calls) known.add(call);
    merged.set(key, known);
  }
  const plain = [...merged].map(([key, names]) => {
    const [action, errnoRet] = JSON.parse(key) as [string, number | null];
    return { names: [...names], action, ...(errnoRet === null ? {} : { errnoRet }) };
  });
  return [...plain, ...special];
}

/** Reads a profile given as text. Throws INVALID_ARGUMENT in Docker's words. */
export function parseSeccompProfile(text: string): SeccompProfile {
  const profile = decodeProfile(text);
  checkEither(profile);
  return profile;
}

function decodeProfile(text: string): SeccompProfile {
  try {
    const profile = JSON.parse(text) as SeccompProfile;
    if (typeof profile !== 'object' || profile === null || Array.isArray(profile))
      throw new Error('a profile is an object');
    if (typeof profile.defaultAction !== 'string') throw new Error('defaultAction is missing');
    if (profile.syscalls != null && !Array.isArray(profile.syscalls)) throw new Error('syscalls is no list');
    checkActions(profile);
    return profile;
  } catch (cause) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `Decoding seccomp profile failed: ${(cause as Error).message}`,
      { cause },
    );
  }
}

/** Docker's words where the older and the newer spelling stand together. */
function checkEither({ architectures, archMap, syscalls }: SeccompProfile): void {
  const both =
    architectures?.length && archMap?.length
      ? ['architectures', 'archMap']
      : syscalls?.some(({ name, names }) => name && names?.length) && ['name', 'names'];
  if (!both) return;
  const [one, other] = both;
  throw new EngineError(
    'INVALID_ARGUMENT',
    `'${one}' and '${other}' were specified in the seccomp profile, use either '${one}' or '${other}'`,
    { exitCode: 125 },
  );
}

/** Actions of libseccomp that runtimes know (runtime-spec config-linux.md). */
const ACTIONS = new Set(
  ['KILL', 'KILL_PROCESS', 'KILL_THREAD', 'TRAP', 'ERRNO', 'TRACE', 'ALLOW', 'LOG', 'NOTIFY'].map(
    (name) => `SCMP_ACT_${name}`,
  ),
);

/** Runtimes would name no profile in their own words. */
function checkActions({ defaultAction, syscalls }: SeccompProfile): void {
  for (const action of [defaultAction, ...(syscalls ?? []).map((rule) => rule.action)]) {
    if (!ACTIONS.has(action)) throw new Error(`string ${action} is not a valid action for seccomp`);
  }
}
