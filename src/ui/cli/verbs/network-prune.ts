/** boxtop network prune: remove networks that no container has. */
import { NONE } from '../flags.ts';
import { INTERRUPTED } from '../plain-error.ts';
import { PRUNE_FLAGS, printPruned, pruneFilters, pruneNetworks, whatGoes } from '../prune.ts';
import type { Command } from '../verb.ts';

const QUESTION =
  'WARNING! This will remove all custom networks not used by at least one container.\nAre you sure you want to continue? [y/N] ';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Remove all unused networks',
  flags: PRUNE_FLAGS,
  arity: NONE,
  async run({ flags }, engine, io) {
    const scope = { filters: await pruneFilters(flags, engine(), io), signal: io.signal };
    const ask = () => io.confirm(QUESTION, () => whatGoes(engine(), ['network'], scope));
    if (!flags.bool('force') && !(await ask())) return io.signal.aborted ? INTERRUPTED : 0;
    await printPruned(await pruneNetworks(engine(), scope), io);
    return 0;
  },
};
