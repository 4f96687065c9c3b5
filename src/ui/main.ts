/** The program: switches the compile cache on, then loads the rest. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Not in /tmp, where it is by default: what we load from there as root others could have written.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'boxtop'));

/** EX_SOFTWARE of sysexits.h */
const INTERNAL_ERROR = 70;

// The command ends the process itself. That nothing is left to wait for before is a mistake, which must not look like success.
process.once('beforeExit', () => {
  process.stderr.write('boxtop: the command stopped half-way; please report this\n');
  process.exitCode = INTERNAL_ERROR;
});

import('./cli/program.ts').then(async ({ runProgram }) =>
  process.exit(await runProgram(process.argv.slice(2))),
);
