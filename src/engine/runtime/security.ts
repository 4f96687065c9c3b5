/** `--security-opt` and the seccomp profile of a container. */
import { readFileSync } from 'node:fs';
import { EngineError } from '../errors.ts';
import type { HostConfig } from '../types/config.ts';
import { hostFacts } from './host.ts';
import type { OciSeccomp } from './oci-spec.ts';
import { foldSeccomp, parseSeccompProfile } from './seccomp.ts';

export interface SecurityOptions {
  noNewPrivileges: boolean;
  /** a profile that is loaded; undefined = none, '' too */
  appArmor: string | undefined;
  /** 'unconfined', a profile as JSON text, a file's path, or undefined for the default */
  seccomp: string | undefined;
}

const MAX_PROFILE_BYTES = 1024 * 1024;

/** moby daemon parseSecurityOpt. Throws INVALID_ARGUMENT in Docker's words. */
export function parseSecurityOptions(options: readonly string[]): SecurityOptions {
  const result: SecurityOptions = { noNewPrivileges: false, appArmor: undefined, seccomp: undefined };
  for (const option of options) {
    if (option === 'no-new-privileges') {
      result.noNewPrivileges = true;
      continue;
    }
    const [, name, value] = /^([a-z-]+)[=:]([\s\S]*)$/.exec(option) ?? [];
    if (name === 'no-new-privileges' && /^(true|false)$/.test(value!))
      result.noNewPrivileges = value === 'true';
    else if (name === 'seccomp') result.seccomp = value!;
    else if (name === 'apparmor') result.appArmor = value!;
    else if (name !== 'label')
      throw new EngineError('INVALID_ARGUMENT', `invalid --security-opt 2: "${option}"`, { exitCode: 125 });
  }
  return result;
}

/** The filter of a container; undefined = unconfined. The default profile is read only when it is needed. */
export async function seccompFor(
  config: HostConfig,
  capabilities: readonly string[],
): Promise<OciSeccomp | undefined> {
  const { seccomp } = parseSecurityOptions(config.SecurityOpt ?? []);
  if (seccomp === 'unconfined' || (config.Privileged && seccomp === undefined)) return undefined;
  const { goArch, kernel } = hostFacts();
  const profile =
    seccomp === undefined || seccomp === 'builtin'
      ? (await import('./seccomp-default.ts')).DEFAULT_PROFILE
      : parseSeccompProfile(/^\s*[{["]/.test(seccomp) ? seccomp : readProfile(seccomp));
  return foldSeccomp(profile, { goArch, kernel, capabilities });
}

function readProfile(path: string): string {
  try {
    const text = readFileSync(path, 'utf8');
    if (text.length > MAX_PROFILE_BYTES) throw new Error('file is too large');
    return text;
  } catch (cause) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `opening seccomp profile (${path}) failed: ${(cause as Error).message}`,
      { cause, exitCode: 125 },
    );
  }
}
