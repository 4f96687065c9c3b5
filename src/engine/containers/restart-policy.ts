/** Restart policies: whether and when a container that ended is started again. Pure. */
import type { HostConfig } from '../types/config.ts';
import type { ContainerRecord } from '../types/containers.ts';

type RestartPolicy = NonNullable<HostConfig['RestartPolicy']>;

/** moby restartmanager: the first delay, doubled from restart to restart up to the longest. */
const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** Who ran this long begins again with the first delay. */
const STEADY_MS = 10_000;

/** What the policy looks at. */
export type RestartFacts = Pick<
  ContainerRecord,
  'HostConfig' | 'RestartCount' | 'StoppedByUser' | 'RestartCanceled' | 'Restart'
>;

/**
 * Milliseconds until the next start, undefined = it stays down (moby restartmanager.ShouldRestart). `ranMs` may be negative when the
 * clock was set back.
 */
export function restartDelayMs(
  record: RestartFacts,
  end: { exitCode: number; ranMs: number },
): number | undefined {
  if (record.RestartCanceled || !wantsRestart(record, end.exitCode)) return undefined;
  const last = end.ranMs >= STEADY_MS ? undefined : record.Restart?.delayMs;
  return last === undefined ? FIRST_DELAY_MS : Math.min(last * 2, LONGEST_DELAY_MS);
}

/**
 * Whether it is started when the machine comes up: Docker asks its policy as if the container had just ended (daemon.restore), so that
 * `always` also brings back what the user stopped. One that never ran stays so.
 */
export function startsAtBoot(record: RestartFacts & Pick<ContainerRecord, 'State'>): boolean {
  return !record.State.StartedAt.startsWith('0001-') && wantsRestart(record, record.State.ExitCode);
}

/** False for `no` and for none at all. */
export const hasRestartPolicy = ({ HostConfig }: Pick<ContainerRecord, 'HostConfig'>): boolean =>
  !['', 'no'].includes(HostConfig.RestartPolicy?.Name ?? '');

function wantsRestart(record: RestartFacts, exitCode: number): boolean {
  const { Name, MaximumRetryCount = 0 } = record.HostConfig.RestartPolicy ?? { Name: 'no' };
  if (Name === 'always') return true;
  if (Name === 'unless-stopped') return !record.StoppedByUser;
  if (Name !== 'on-failure') return false;
  return exitCode !== 0 && (MaximumRetryCount === 0 || record.RestartCount < MaximumRetryCount);
}

/** What is wrong with a policy, in the words of moby's validateRestartPolicy. */
export function restartPolicyProblem(policy: RestartPolicy): string | undefined {
  const { Name, MaximumRetryCount = 0 } = policy;
  switch (Name) {
    case 'always':
    case 'unless-stopped':
    case 'no':
      return MaximumRetryCount === 0
        ? undefined
        : `maximum retry count cannot be used with restart policy '${Name}'`;
    case 'on-failure':
      return MaximumRetryCount < 0 ? 'maximum retry count cannot be negative' : undefined;
    case '':
      return undefined;
    default:
      return `invalid restart policy '${Name}'`;
  }
}

/** Of one whose end is not recorded yet: followers of its log wait for the decision. */
export const mayRestart = (record: Pick<ContainerRecord, 'HostConfig' | 'RestartCanceled'>): boolean =>
  hasRestartPolicy(record) && !record.RestartCanceled;
