/** The program: switches the compile cache on, then loads the rest. */
import { enableCompileCache } from 'node:module';
import { homedir } from 'node:os';
import { cacheFolder, ROOT_CACHE } from './cache-folder.ts';

// Not in /tmp, where it is by default, nor where others can write: what we load from there as root they could have put there.
const uid = process.geteuid!();
const cache = cacheFolder({
  home: homedir(),
  cacheHome: process.env['XDG_CACHE_HOME'],
  uid,
  gid: process.getegid!(),
  fallback: uid === 0 ? ROOT_CACHE : undefined,
});
if (cache !== undefined) enableCompileCache(cache);

import('./cli/program.ts').then(async ({ runProgram }) =>
  process.exit(await runProgram(process.argv.slice(2))),
);
