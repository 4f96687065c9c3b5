/** What the prunes share: filters in Docker's words (daemon/prune.go). Pure. */
import { EngineError, messageOf } from './errors.ts';
import { parseTimestamp, type Timestamp } from './timestamps.ts';
import type { Filters } from './types/images.ts';

export interface PruneOptions {
  filters?: Filters;
  /** Between two objects the prune ends; what it returns is what it did. */
  signal?: AbortSignal;
}

/** Throws INVALID_ARGUMENT for a filter that is not `known`. */
export function checkFilters(filters: Filters, known: readonly string[]): void {
  const unknown = Object.keys(filters).find((name) => !known.includes(name));
  if (unknown === undefined) return;
  throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`, {
    hint: `filters are: ${known.join(', ')}`,
  });
}

/** The time of `until`: what is younger stays. Throws INVALID_ARGUMENT. */
export function untilOf(filters: Filters): Timestamp | undefined {
  const [until, second] = filters['until'] ?? [];
  if (second !== undefined) throw new EngineError('INVALID_ARGUMENT', 'more than one until filter specified');
  if (until === undefined) return undefined;
  try {
    return parseTimestamp(until, 'until');
  } catch (error) {
    const hint = error instanceof EngineError ? error.hint : undefined;
    const message = messageOf(error).replace(/^invalid value for "until": /, '');
    throw new EngineError('INVALID_ARGUMENT', message, { hint });
  }
}

/** All labels of `label`, none of `label!`; 'key' or 'key=value'. */
export function fitsLabels(
  labels: Readonly<Record<string, string>> | null | undefined,
  filters: Filters,
): boolean {
  const has = (wanted: string) => {
    const [name = '', value] = wanted.split(/=(.*)/s);
    if (labels === null || labels === undefined || !Object.hasOwn(labels, name)) return false;
    return value === undefined || labels[name] === value;
  };
  return (filters['label'] ?? []).every(has) && !(filters['label!'] ?? []).some(has);
}
