/** Ages as short as a list's column needs them. */

const AGES: readonly [number, string][] = [
  [31_536_000, 'y'],
  [604_800, 'w'],
  [86_400, 'd'],
  [3600, 'h'],
  [60, 'm'],
];

/** '5m', '3d': the largest unit that fits. */
export function age(seconds: number): string {
  for (const [length, unit] of AGES) if (seconds >= length) return `${Math.floor(seconds / length)}${unit}`;
  return `${Math.max(0, Math.floor(seconds))}s`;
}

/** Docker's words in a list's Status, shortened: 'Up 2 hours' → 'Up 2h', 'Exited (0) 5 minutes ago' → 'Exited (0) 5m'. */
export function shortStatus(status: string): string {
  return status
    .replace(/Less than a second( ago)?/, '0s')
    .replace(/About an? (minute|hour)( ago)?/, (_, unit: string) => `1${unit[0]}`)
    .replace(
      /(\d+) (second|minute|hour|day|week|month|year)s?( ago)?/,
      (_, count: string, unit: string) => count + (unit === 'month' ? 'mo' : unit[0]!),
    );
}
