/** The program: reads the global flags, then runs one verb or opens the screen. The only composition root. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { join } from 'node:path';

// Not in /tmp, where it is by default: what we load from there as root others could have written.
enableCompileCache(join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'boxtop'));

const { runProgram } = await import('./cli/program.ts');
process.exit(await runProgram(process.argv.slice(2)));
