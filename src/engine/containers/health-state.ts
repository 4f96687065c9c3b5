/** The health of a container as its checks make it (moby daemon/health.go). Pure. */
import type { ContainerConfig, ImageRunConfig } from '../types/config.ts';
import type { ContainerHealth, HealthResult } from '../types/health.ts';

type Healthcheck = NonNullable<ImageRunConfig['Healthcheck']>;

const NS_PER_MS = 1e6;
const DEFAULT_INTERVAL_MS = 30_000;
const DEFAULT_TIMEOUT_MS = 30_000;
const DEFAULT_RETRIES = 3;
const KEEP_RESULTS = 5;
const OUTPUT_LIMIT_BYTES = 4096;
/** What ends a duration's check: Docker refuses shorter ones. */
const MIN_DURATION_NS = 1e6;
const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** What is run, and how often. */
export interface Probe {
  command: string[];
  /** from the end of one check to the start of the next */
  intervalMs: number;
  timeoutMs: number;
}

/** Undefined when there is nothing to check: none given, NONE, or a kind nobody knows. */
export function probeOf({ Healthcheck, Shell }: ContainerConfig): Probe | undefined {
  const [kind, ...args] = Healthcheck?.Test ?? [];
  if (Healthcheck === undefined || args.length === 0) return undefined;
  const shell = Shell?.length ? Shell : DEFAULT_SHELL;
  const command = kind === 'CMD' ? args : kind === 'CMD-SHELL' ? [...shell, ...args] : undefined;
  if (command === undefined) return undefined;
  const milliseconds = (ns: number | undefined, otherwise: number) => (ns ? ns / NS_PER_MS : otherwise);
  return {
    command,
    intervalMs: milliseconds(Healthcheck.Interval, DEFAULT_INTERVAL_MS),
    timeoutMs: milliseconds(Healthcheck.Timeout, DEFAULT_TIMEOUT_MS),
  };
}

/** At a start; results of earlier runs stay in the log. */
export function startingHealth(before: ContainerHealth | undefined): ContainerHealth {
  return { Status: 'starting', FailingStreak: 0, Log: before?.Log ?? [] };
}

/** While nothing is checked (stopped, paused) Docker says unhealthy, whatever was found last. */
export function uncheckedHealth(health: ContainerHealth): ContainerHealth {
  return { ...health, Status: 'unhealthy' };
}

/** After one more check. Failures in the start period don't count until the first success. */
export function healthAfter(
  health: ContainerHealth,
  result: HealthResult,
  { check, startedAt }: { check: Healthcheck; startedAt: string },
): ContainerHealth {
  const Log = [...health.Log, result].slice(-KEEP_RESULTS);
  if (result.ExitCode === 0) return { Status: 'healthy', FailingStreak: 0, Log };
  const sinceStartMs = Date.parse(result.Start) - Date.parse(startedAt);
  const isExcused = health.Status === 'starting' && sinceStartMs < (check.StartPeriod ?? 0) / NS_PER_MS;
  if (isExcused) return { ...health, Log };
  const FailingStreak = health.FailingStreak + 1;
  const retries = check.Retries && check.Retries > 0 ? check.Retries : DEFAULT_RETRIES;
  return { Status: FailingStreak >= retries ? 'unhealthy' : health.Status, FailingStreak, Log };
}

/** Collects a check's output; what is too much is replaced by '...'. */
export class CheckOutput {
  readonly #chunks: Buffer[] = [];
  #sizeBytes = 0;
  #isCut = false;

  add(chunk: Buffer): void {
    const kept = chunk.subarray(0, OUTPUT_LIMIT_BYTES - this.#sizeBytes);
    if (kept.length > 0) this.#chunks.push(Buffer.from(kept)); // a copy: the chunk may be a piece of a large buffer
    this.#sizeBytes += kept.length;
    if (kept.length < chunk.length) this.#isCut = true;
  }

  text(): string {
    return Buffer.concat(this.#chunks).toString('utf8') + (this.#isCut ? '...' : '');
  }
}

/** Docker's words for a check that hung. */
export const timeoutText = (timeoutMs: number): string =>
  `Health check exceeded timeout (${goDuration(timeoutMs)})`;

/** Go's Duration.String: '1.5s', '1m30s', '300ms'. */
function goDuration(ms: number): string {
  if (ms < 1000) return `${ms}ms`;
  const hours = Math.floor(ms / 3_600_000);
  const minutes = Math.floor(ms / 60_000) % 60;
  const seconds = Number(((ms % 60_000) / 1000).toFixed(6));
  return `${hours > 0 ? `${hours}h` : ''}${ms >= 60_000 ? `${minutes}m` : ''}${seconds}s`;
}

/** What is wrong with a health check, in the words of moby's validateHealthCheck and of podman. */
export function healthcheckProblem(config: ContainerConfig): string | undefined {
  const { Healthcheck: check, HealthcheckOnFailureAction: action = 'none' } = config;
  if (action !== 'none' && probeOf(config) === undefined)
    return `cannot set on-failure action to ${action} without a health check`;
  for (const name of ['Interval', 'Timeout'] as const) {
    if (isTooShort(check?.[name])) return `${name} in Healthcheck cannot be less than 1ms`;
  }
  if (check?.Retries !== undefined && check.Retries < 0) return 'Retries in Healthcheck cannot be negative';
  return isTooShort(check?.StartPeriod) ? 'StartPeriod in Healthcheck cannot be less than 1ms' : undefined;
}

const isTooShort = (ns: number | undefined): boolean => ns !== undefined && ns !== 0 && ns < MIN_DURATION_NS;
