/** The registry part of the daemon.json-style configuration file, and the endpoints it gives a registry. */
import { readFileSync } from 'node:fs';
import { EngineError, messageOf } from '../errors.ts';
import { isObject } from '../oci/descriptor.ts';
import { isInRange, isLoopback } from './addresses.ts';

interface RegistrySettings {
  mirrors: string[];
  /** hosts, 'host:port' or CIDR ranges */
  insecure: string[];
  /** how long a registry may be silent */
  timeoutMs: number;
}

/** Where a registry's API is reached. */
export interface Endpoint {
  /** 'host' or 'host:port' */
  host: string;
  /** tried in this order; 'http' only where it is allowed */
  schemes: ('https' | 'http')[];
  /** https without checking the certificate */
  isInsecure: boolean;
  isMirror: boolean;
  /** how long it may be silent */
  timeoutMs: number;
}

const HUB_DOMAIN = 'docker.io';
const HUB_HOST = 'registry-1.docker.io';

const DEFAULT_TIMEOUT_S = 60;
const MAX_TIMEOUT_S = 3600;

/** Reads `registry-mirrors`, `insecure-registries` and `registry-timeout` (seconds). A missing file means defaults. Throws INVALID_ARGUMENT when it is malformed. */
export function readSettings(file: string): RegistrySettings {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return settingsOf({});
    throw new EngineError('PERMISSION_DENIED', `${file}: ${messageOf(error)}`, { cause: error });
  }
  try {
    const value: unknown = JSON.parse(text);
    if (!isObject(value)) throw new Error('it is no JSON object');
    return settingsOf(value);
  } catch (cause) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `unable to configure boxtop with file ${file}: ${messageOf(cause)}`,
      { cause },
    );
  }
}

const settingsOf = (value: Record<string, unknown>): RegistrySettings => ({
  mirrors: list(value, 'registry-mirrors'),
  insecure: list(value, 'insecure-registries'),
  timeoutMs: seconds(value, 'registry-timeout') * 1000,
});

function seconds(value: Record<string, unknown>, key: string): number {
  const given = value[key] ?? DEFAULT_TIMEOUT_S;
  if (typeof given === 'number' && given > 0 && given <= MAX_TIMEOUT_S) return given;
  throw new Error(`${key} must be a number of seconds, at most ${MAX_TIMEOUT_S}`);
}

function list(value: Record<string, unknown>, key: string): string[] {
  const entries = value[key] ?? [];
  if (Array.isArray(entries) && entries.every((entry) => typeof entry === 'string')) return entries;
  throw new Error(`${key} must be a list of texts`);
}

/** Mirrors first (they stand in for docker.io only), then the registry itself. */
export function endpointsOf(domain: string, settings: RegistrySettings): Endpoint[] {
  if (domain !== HUB_DOMAIN) return [endpoint(domain, settings)];
  const mirrors = settings.mirrors.map((mirror) => mirrorEndpoint(mirror, settings));
  const { timeoutMs } = settings;
  return [...mirrors, { host: HUB_HOST, schemes: ['https'], isInsecure: false, isMirror: false, timeoutMs }];
}

/** No plain http but for loopback and registries configured as insecure (CVE-2014-5277). */
function endpoint(host: string, settings: RegistrySettings): Endpoint {
  const name = host.replace(/:\d+$/, '').replace(/^\[|\]$/g, '');
  const isInsecure =
    isLoopback(name) ||
    settings.insecure.some((entry) => entry === host || entry === name || isInRange(name, entry));
  const { timeoutMs } = settings;
  return {
    host,
    schemes: isInsecure ? ['https', 'http'] : ['https'],
    isInsecure,
    isMirror: false,
    timeoutMs,
  };
}

function mirrorEndpoint(mirror: string, settings: RegistrySettings): Endpoint {
  const url = URL.canParse(mirror) ? new URL(mirror) : undefined;
  if (
    url === undefined ||
    !/^https?:$/.test(url.protocol) ||
    url.username !== '' ||
    !/^\/?$/.test(url.pathname)
  ) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `invalid mirror: ${JSON.stringify(mirror.replace(/\/\/[^/]*@/, '//'))}`,
      {
        hint: 'registry-mirrors takes addresses such as https://mirror.example.com',
      },
    );
  }
  const base = endpoint(url.host, settings);
  return { ...base, schemes: [url.protocol === 'https:' ? 'https' : 'http'], isMirror: true };
}
