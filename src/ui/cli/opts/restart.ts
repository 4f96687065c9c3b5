/** The value of --restart. Pure. */
import type { HostConfig } from '../../../engine/index.ts';
import type { FlagValues } from '../flags.ts';

/** 'no', 'always', 'unless-stopped', 'on-failure[:max-retries]'; the engine judges the name. Throws in the words of docker/cli. */
export function parseRestartPolicy(value: string): NonNullable<HostConfig['RestartPolicy']> {
  const colon = value.indexOf(':');
  const name = colon < 0 ? value : value.slice(0, colon);
  const count = colon < 0 ? '' : value.slice(colon + 1);
  if (colon === 0) throw new Error('invalid restart policy format: no policy provided before colon');
  if (count !== '' && !(/^[+-]?\d+$/.test(count) && Number.isSafeInteger(Number(count))))
    throw new Error('invalid restart policy format: maximum retry count must be an integer');
  return {
    Name: name as NonNullable<HostConfig['RestartPolicy']>['Name'],
    MaximumRetryCount: Number(count),
  };
}

/** --restart beside --rm, which it contradicts. Throws in the words of docker/cli. */
export function restartPolicy(flags: FlagValues): HostConfig['RestartPolicy'] {
  const value = flags.string('restart');
  const policy = value ? parseRestartPolicy(value) : undefined;
  if (flags.bool('rm') && policy !== undefined && !['', 'no'].includes(policy.Name))
    throw new Error('conflicting options: cannot specify both --restart and --rm');
  return policy;
}
