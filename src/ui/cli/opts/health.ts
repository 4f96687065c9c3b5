/** The flags of the health check, in the words of docker/cli and podman. Pure. */
import { type ContainerCreate, readDuration } from '../../../engine/index.ts';
import type { FlagValues } from '../flags.ts';

const ACTIONS = ['none', 'kill', 'restart', 'stop'] as const;

type Health = Pick<ContainerCreate, 'Healthcheck' | 'HealthcheckOnFailureAction'>;

/** Nothing when no flag was given. Throws on conflicts, negative values and unknown actions. */
export function healthcheck(flags: FlagValues): Health {
  const duration = (name: string) => readDuration(flags.string(name) ?? '0');
  const command = flags.string('health-cmd') ?? '';
  const times = {
    Interval: duration('health-interval'),
    Timeout: duration('health-timeout'),
    StartPeriod: duration('health-start-period'),
  };
  const Retries = flags.int('health-retries') ?? 0;
  const isGiven = command !== '' || Retries !== 0 || Object.values(times).some((ns) => ns !== 0);
  if (flags.bool('no-healthcheck')) {
    if (isGiven) throw new Error('--no-healthcheck conflicts with --health-* options');
    return { Healthcheck: { Test: ['NONE'] } };
  }
  const action = failureAction(flags.string('health-on-failure'));
  if (!isGiven) return action;
  refuseNegative({ interval: times.Interval, timeout: times.Timeout, retries: Retries });
  refuseNegative({ 'start-period': times.StartPeriod });
  const given = Object.entries({ ...times, Retries }).filter(([, value]) => value !== 0);
  return {
    Healthcheck: { ...(command !== '' && { Test: ['CMD-SHELL', command] }), ...Object.fromEntries(given) },
    ...action,
  };
}

function refuseNegative(values: Readonly<Record<string, number>>): void {
  const [name] = Object.entries(values).find(([, value]) => value < 0) ?? [];
  if (name !== undefined) throw new Error(`--health-${name} cannot be negative`);
}

function failureAction(text: string | undefined): Pick<Health, 'HealthcheckOnFailureAction'> {
  if (text === undefined || text === '') return {};
  const action = ACTIONS.find((name) => name === text);
  if (action !== undefined) return { HealthcheckOnFailureAction: action };
  throw new Error(
    `invalid on-failure action ${JSON.stringify(text)} for health check: supported actions: ${ACTIONS.join(',')}`,
  );
}
