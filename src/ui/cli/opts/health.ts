/** The flags of the health check, in the words of docker/cli and podman. Pure. */
import { type ContainerCreate, NS_PER_UNIT } from '../../../engine/index.ts';
import type { FlagValues } from '../flags.ts';

const NUMBER = /^(?:\d+\.?\d*|\.\d+)/;
const ACTIONS = ['none', 'kill', 'restart', 'stop'] as const;

/** Nanoseconds of '1m30s', '-5s', '0'. Throws as Go's time.ParseDuration. */
export function parseHealthDuration(text: string): number {
  const sign = text.startsWith('-') ? -1 : 1;
  let rest = text.replace(/^[+-]/, '');
  if (rest === '0') return 0;
  if (rest === '') throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
  let total = 0;
  while (rest !== '') {
    const [amount] = NUMBER.exec(rest) ?? [];
    if (amount === undefined) throw new Error(`time: invalid duration ${JSON.stringify(text)}`);
    const [unit = ''] = /^[^\d.]*/.exec(rest.slice(amount.length)) ?? [];
    if (unit === '') throw new Error(`time: missing unit in duration ${JSON.stringify(text)}`);
    const ns = NS_PER_UNIT[unit];
    if (ns === undefined)
      throw new Error(`time: unknown unit ${JSON.stringify(unit)} in duration ${JSON.stringify(text)}`);
    total += Number(amount) * ns;
    rest = rest.slice(amount.length + unit.length);
  }
  return Math.round(sign * total) + 0; // -0 becomes 0
}

type Health = Pick<ContainerCreate, 'Healthcheck' | 'HealthcheckOnFailureAction'>;

/** Nothing when no flag was given. Throws on conflicts, negative values and unknown actions. */
export function healthcheck(flags: FlagValues): Health {
  const duration = (name: string) => parseHealthDuration(flags.string(name) ?? '0');
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
