/** Platforms: reading, normalising and printing (containerd/platforms). Pure. */
import { EngineError } from '../errors.ts';

export interface Platform {
  os: string;
  architecture: string;
  variant?: string;
  osVersion?: string;
  osFeatures?: string[];
}

const PART = /^[A-Za-z0-9_.-]+$/;
const OS_PART = /^([A-Za-z0-9_-]+)(?:\(([A-Za-z0-9_.%-]*)((?:\+[A-Za-z0-9_.%-]+)*)\))?$/;
const KNOWN_OS = new Set(
  'aix android darwin dragonfly freebsd hurd illumos ios js linux nacl netbsd openbsd plan9 solaris windows zos'.split(
    ' ',
  ),
);
const KNOWN_ARCHITECTURES = new Set(
  '386 amd64 amd64p32 arm armbe arm64 arm64be loong64 mips mipsle mips64 mips64le mips64p32 mips64p32le ppc ppc64 ppc64le riscv riscv64 s390 s390x sparc sparc64 wasm'.split(
    ' ',
  ),
);

/** In the words of containerd. */
const refused = (message: string) =>
  new EngineError('INVALID_ARGUMENT', `${message}: invalid argument`, {
    hint: 'for example linux/amd64 or linux/arm64/v8',
  });
const invalid = (text: string, why: string) => refused(`"${text}": ${why}`);

/** Reads 'os[(version+feature…)][/architecture[/variant]]' or a bare architecture; what is missing is the host's. Throws INVALID_ARGUMENT. */
export function parsePlatform(text: string, host: Platform): Platform {
  if (text.includes('*')) throw invalid(text, 'wildcards not yet supported');
  const [first, architecture, variant, ...more] = text.split('/') as [string, string?, string?, ...string[]];
  const system = OS_PART.exec(first);
  if (system === null)
    throw refused(
      `"${first}" is an invalid OS component of "${text}": OSAndVersion specifier component must match ${JSON.stringify(OS_PART.source)}`,
    );
  const odd = [architecture, variant, ...more].find((part) => part !== undefined && !PART.test(part));
  if (odd !== undefined)
    throw refused(
      `"${odd}" is an invalid component of "${text}": platform specifier component must match ${JSON.stringify(PART.source)}`,
    );
  if (more.length > 0) throw invalid(text, 'cannot parse platform specifier');
  if (architecture === undefined) return parseSingle(text, system, host);
  const normal = normalArchitecture(architecture, variant ?? '');
  // A variant that was not asked for is not printed, one that was is.
  if (variant === undefined && isDefaultArm(normal)) normal.variant = '';
  if (variant !== undefined && normal.architecture === 'arm64' && normal.variant === '')
    normal.variant = 'v8';
  return { ...readSystem(system), ...withoutEmpty(normal) };
}

function parseSingle(text: string, system: RegExpExecArray, host: Platform): Platform {
  const parsed = readSystem(system);
  if (KNOWN_OS.has(parsed.os)) {
    const normal = { architecture: host.architecture, variant: host.variant ?? '' };
    if (host.architecture !== 'arm' || isDefaultArm(normal)) normal.variant = '';
    return { ...parsed, ...withoutEmpty(normal) };
  }
  const normal = normalArchitecture(system[0], '');
  if (!KNOWN_ARCHITECTURES.has(normal.architecture))
    throw invalid(text, 'unknown operating system or architecture');
  if (isDefaultArm(normal)) normal.variant = '';
  return { os: host.os, ...withoutEmpty(normal) };
}

const isDefaultArm = (normal: Normal) => normal.architecture === 'arm' && normal.variant === 'v7';
const withoutEmpty = ({ architecture, variant }: Normal) =>
  variant === '' ? { architecture } : { architecture, variant };

function readSystem(match: RegExpExecArray): { os: string; osVersion?: string; osFeatures?: string[] } {
  const osVersion = decodePart(match[2] ?? '');
  const osFeatures = (match[3] ?? '').split('+').filter(Boolean).map(decodePart);
  return {
    os: normalSystem(match[1]!),
    ...(osVersion === '' ? {} : { osVersion }),
    ...(osFeatures.length === 0 ? {} : { osFeatures }),
  };
}

function decodePart(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    throw invalid(text, 'has a malformed escape');
  }
}

const normalSystem = (os: string) => (os.toLowerCase() === 'macos' ? 'darwin' : os.toLowerCase());

interface Normal {
  architecture: string;
  /** '' = none */
  variant: string;
}

/** uname's and Debian's spellings become Go's. */
function normalArchitecture(architecture: string, variant: string): Normal {
  const arch = architecture.toLowerCase();
  const v = variant.toLowerCase();
  if (arch === 'i386') return { architecture: '386', variant: '' };
  if (['x86_64', 'x86-64', 'amd64'].includes(arch))
    return { architecture: 'amd64', variant: v === 'v1' ? '' : v };
  if (['aarch64', 'arm64'].includes(arch)) return { architecture: 'arm64', variant: normalArm64Variant(v) };
  if (arch === 'armhf') return { architecture: 'arm', variant: 'v7' };
  if (arch === 'armel') return { architecture: 'arm', variant: 'v6' };
  if (arch === 'arm')
    return { architecture: 'arm', variant: v === '' ? 'v7' : /^[5-8]$/.test(v) ? `v${v}` : v };
  return { architecture: arch, variant: v };
}

function normalArm64Variant(variant: string): string {
  if (['8', 'v8', '8.0', 'v8.0'].includes(variant)) return '';
  return ['9', '9.0', 'v9.0'].includes(variant) ? 'v9' : variant;
}

/** The form two platforms are compared in: arm has its variant, arm64's default one is dropped. */
export function normalizePlatform(platform: Platform): Platform {
  const { variant: _, ...rest } = platform;
  return {
    ...rest,
    os: normalSystem(platform.os),
    ...withoutEmpty(normalArchitecture(platform.architecture, platform.variant ?? '')),
  };
}

/** 'linux/arm64/v8', with version and features when there are any: 'windows(10.0.17763+win32k)/amd64'. */
export function formatPlatform({ os, architecture, variant, osVersion, osFeatures }: Platform): string {
  const features = (osFeatures ?? [])
    .filter(Boolean)
    .toSorted()
    .map((feature) => `+${encodePart(feature)}`);
  const details = encodePart(osVersion ?? '') + features.join('');
  const parts = [details === '' ? os : `${os}(${details})`, architecture, variant ?? ''];
  return parts.filter(Boolean).join('/');
}

const encodePart = (text: string) =>
  text.replace(/[%+()/]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);

/** 'v7' of uname's 'armv7l', 'v8' of 'aarch64'; 'unknown' for versions that are none; undefined when the text names no version. */
export function armVariant(machine: string): string | undefined {
  const name = machine.toLowerCase();
  if (name === 'aarch64') return 'v8';
  const version = /^armv(\d)/.exec(name)?.[1];
  if (version === undefined) return undefined;
  return /[3-8]/.test(version) ? `v${version}` : 'unknown';
}
