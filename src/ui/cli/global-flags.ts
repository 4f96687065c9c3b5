/** The flags of the program itself. */
import { type Flag, list, text } from './flags.ts';

/** What stands before the verb. -H is known so that it can be refused by name. */
export const GLOBAL_FLAGS: readonly Flag[] = [
  text('root', 'Folder of the store'),
  text('runroot', 'Folder of what need not survive a reboot'),
  // of a daemon's log, which we have not: taken, so that scripts for Docker work
  { ...text('log-level', '', 'l'), isHidden: true },
  { name: 'version', short: 'v', type: 'bool', help: 'Print version information and quit' },
  { ...list('host', '', 'H'), isUnsupported: true },
  { ...text('context', '', 'c'), isUnsupported: true },
];
