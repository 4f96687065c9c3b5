/** What the prune verbs share: the warning, the question, the reclaimed space. */
import { humanSize } from '../format/units.ts';
import { bool, type Flag, type FlagValues, list } from './flags.ts';
import type { CliIo } from './io.ts';
import { checkFilter } from './opts/key-values.ts';

export const PRUNE_FLAGS: readonly Flag[] = [
  { ...list('filter', 'Prune only what fits the condition'), word: 'filter', check: checkFilter },
  bool('force', "Don't ask first", 'f'),
];

/** True when -f was given or the answer is yes. */
export async function mayPrune(warning: string, flags: FlagValues, io: CliIo): Promise<boolean> {
  return (
    flags.bool('force') ||
    (await io.confirm(`WARNING! ${warning}\nAre you sure you want to continue? [y/N] `))
  );
}

/** 'Deleted Containers:' with a line each, then what it gained. */
export async function printPruned(
  title: string,
  lines: readonly string[],
  bytes: number,
  io: CliIo,
): Promise<void> {
  const deleted = lines.length === 0 ? '' : `${title}\n${lines.join('\n')}\n\n`;
  await io.stdout.write(`${deleted}Total reclaimed space: ${humanSize(bytes)}\n`);
}
