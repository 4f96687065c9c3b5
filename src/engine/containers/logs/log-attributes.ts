/** What `logs --details` adds: labels and variables chosen by `--log-opt labels=…, labels-regex=…, env=…, env-regex=…`. Pure. */
import type { ContainerRecord } from '../../types/containers.ts';
import { attributePattern } from './log-limits.ts';

/** As Docker prints them before a line (daemon/logger/loginfo.go, api/server/httputils/write_log_stream.go): sorted, escaped, joined by commas. */
export function logAttributes({
  Config,
  HostConfig,
}: Pick<ContainerRecord, 'Config' | 'HostConfig'>): string {
  const options = HostConfig.LogConfig?.Config ?? {};
  const variables = (Config.Env ?? []).map((item) => {
    const equals = item.indexOf('=');
    return equals < 0 ? ([item, ''] as const) : ([item.slice(0, equals), item.slice(equals + 1)] as const);
  });
  const chosen = new Map([
    ...choose(Object.entries(Config.Labels ?? {}), options['labels'], options['labels-regex']),
    ...choose(variables, options['env'], options['env-regex']),
  ]);
  return [...chosen]
    .map(([name, value]) => `${queryEscape(name)}=${queryEscape(value)}`)
    .sort()
    .join(',');
}

function choose(
  items: readonly (readonly [name: string, value: string])[],
  names: string | undefined,
  pattern: string | undefined,
): (readonly [string, string])[] {
  const wanted = new Set(names === undefined || names === '' ? [] : names.split(','));
  const matcher = pattern ? attributePattern(pattern) : undefined;
  return items.filter(([name]) => wanted.has(name) || matcher?.test(name));
}

/** Go's url.QueryEscape */
const queryEscape = (text: string): string =>
  encodeURIComponent(text)
    .replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`)
    .replaceAll('%20', '+');
