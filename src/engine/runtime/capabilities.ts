/** Linux capabilities of a container: Docker's defaults and its --cap-add / --cap-drop rules. Pure. */
import { EngineError } from '../errors.ts';

/** All capabilities in the order of their kernel numbers (capabilities(7)). */
const ALL_CAPABILITIES: readonly string[] = (
  'CHOWN DAC_OVERRIDE DAC_READ_SEARCH FOWNER FSETID KILL SETGID SETUID SETPCAP LINUX_IMMUTABLE NET_BIND_SERVICE ' +
  'NET_BROADCAST NET_ADMIN NET_RAW IPC_LOCK IPC_OWNER SYS_MODULE SYS_RAWIO SYS_CHROOT SYS_PTRACE SYS_PACCT SYS_ADMIN ' +
  'SYS_BOOT SYS_NICE SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG MKNOD LEASE AUDIT_WRITE AUDIT_CONTROL SETFCAP MAC_OVERRIDE ' +
  'MAC_ADMIN SYSLOG WAKE_ALARM BLOCK_SUSPEND AUDIT_READ PERFMON BPF CHECKPOINT_RESTORE'
)
  .split(' ')
  .map((name) => `CAP_${name}`);

/** Docker's 14. */
const DEFAULT_CAPABILITIES: readonly string[] =
  'CHOWN DAC_OVERRIDE FSETID FOWNER MKNOD NET_RAW SETGID SETUID SETFCAP SETPCAP NET_BIND_SERVICE SYS_CHROOT KILL AUDIT_WRITE'
    .split(' ')
    .map((name) => `CAP_${name}`);

const ALL = 'ALL';

/** Names of the bits set in a mask of /proc/PID/status. */
export function capabilitiesOfMask(mask: bigint): string[] {
  return ALL_CAPABILITIES.filter((_, bit) => (mask >> BigInt(bit)) & 1n);
}

/** Docker's normal form: upper case with CAP_. Throws INVALID_ARGUMENT `invalid CapAdd: unknown capability: "CAP_X"`. */
export function normalizeCapabilities(field: 'CapAdd' | 'CapDrop', names: readonly string[]): string[] {
  return names.map((given) => {
    const upper = given.toUpperCase();
    if (upper === ALL) return ALL;
    const name = upper.startsWith('CAP_') ? upper : `CAP_${upper}`;
    if (ALL_CAPABILITIES.includes(name)) return name;
    throw new EngineError('INVALID_ARGUMENT', `invalid ${field}: unknown capability: "${name}"`, {
      hint: 'see capabilities(7) for their names, e.g. NET_ADMIN, or ALL',
    });
  });
}

export interface CapabilityRequest {
  privileged: boolean;
  add: readonly string[];
  drop: readonly string[];
}

/** The capabilities a container gets, within our own bounding set: a runtime can't give what we don't have. */
export function resolveCapabilities(request: CapabilityRequest, bounding: ReadonlySet<string>): string[] {
  const add = normalizeCapabilities('CapAdd', request.add);
  const drop = normalizeCapabilities('CapDrop', request.drop);
  return choose(request.privileged, add, drop).filter((name) => bounding.has(name));
}

/** moby oci/caps: --cap-add ALL beats --cap-drop ALL. */
function choose(privileged: boolean, add: string[], drop: string[]): string[] {
  if (privileged) return [...ALL_CAPABILITIES];
  if (add.includes(ALL)) return ALL_CAPABILITIES.filter((name) => !drop.includes(name));
  if (drop.includes(ALL)) return unique(add);
  return unique([...DEFAULT_CAPABILITIES.filter((name) => !drop.includes(name)), ...add]);
}

const unique = (names: string[]): string[] => [...new Set(names)];
