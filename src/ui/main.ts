/** The program: finds the place for compiled code, then loads the rest. */
import { homedir } from 'node:os';
import { bundleLoader } from './bundle.ts';
import { cacheFolder, ROOT_CACHE } from './cache-folder.ts';

/** sha256 of the bundles, 16 hex digits; put in by scripts/build.mjs. */
declare const BOXTOP_BUILD: string;
/** The bundle is CommonJS and has its own; making another takes 1 to 3 ms. */
declare const require: (id: string) => unknown;

/** Words of command lines whose compiled code is kept apart; a wrong guess costs only time. */
const PURPOSES = new Set(
  'build create exec images inspect internal logs ps pull push rm run start stop'.split(' '),
);

/** What a command begins with, in one file (scripts/parts.mjs). */
const FIRST_FILES: Readonly<Record<string, string>> = {
  ps: './for-ps.cjs',
  build: './for-build.cjs',
  run: './for-run.cjs',
  create: './for-run.cjs',
  start: './for-run.cjs',
};

// Not in /tmp, where it is by default, nor where others can write: what we load from there as root they could have put there.
const uid = process.geteuid!();
const folder = cacheFolder({
  home: process.env['HOME'] ?? homedir(),
  cacheHome: process.env['XDG_CACHE_HOME'],
  uid,
  gid: process.getegid!(),
  fallback: uid === 0 ? ROOT_CACHE : undefined,
});
const argv = process.argv.slice(2);
const purpose = argv.length === 0 ? 'screen' : (argv.find((word) => PURPOSES.has(word)) ?? 'other');
const cache = folder === undefined ? undefined : { folder, build: BOXTOP_BUILD, purpose };
/** Packages that are loaded file by file leave their compiled code to Node. */
const loadOther = (id: string): unknown => {
  if (!id.startsWith('node:') && folder !== undefined) {
    const { enableCompileCache } = require('node:module') as typeof import('node:module');
    enableCompileCache(folder);
  }
  return require(id);
};
const load = bundleLoader(import.meta.dirname, loadOther, cache, FIRST_FILES[purpose] ?? './for-other.cjs');
const { runProgram } = load('./program.cjs') as typeof import('./cli/program.ts');
void runProgram(argv).then((status) => process.exit(status));
