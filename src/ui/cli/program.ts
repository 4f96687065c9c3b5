/** From the arguments of the process to an exit status: global flags, then a verb, the screen or the help. */
import { existsSync } from 'node:fs';
import { isatty } from 'node:tty';
import type { Engine, EngineOptions } from '../../engine/index.ts';
import { UsageError } from './flags.ts';
import { GLOBAL_FLAGS } from './global-flags.ts';
import { parseFlags } from './grammar.ts';
import { openShellIo } from './shell-io.ts';

/** Runs the program to its end and returns its exit status. */
export async function runProgram(argv: readonly string[]): Promise<number> {
  const { io, words, options, isVersion, isHelp } = await readGlobals(argv);
  if (words === undefined) return 125;
  if (isVersion) {
    const { versionLine } = await import('./version-line.ts');
    await io.stdout.write(versionLine());
    return 0;
  }
  if (words.length === 0 && !isHelp && isatty(0) && isatty(1)) {
    const { runScreen } = await import('../screen/main.ts');
    return await runScreen(options);
  }
  if (words.length === 0 || isHelp) {
    const { programHelp } = await import('./help-lists.ts');
    await io.stdout.write(await programHelp(io.stdout.columns()));
    return 0;
  }
  return await runWords(words, options, io);
}

type ShellIo = ReturnType<typeof openShellIo>;

interface Globals {
  io: ShellIo;
  /** undefined: the flags could not be read, which was said */
  words?: string[];
  options: EngineOptions;
  isVersion: boolean;
  isHelp: boolean;
}

async function readGlobals(argv: readonly string[]): Promise<Globals> {
  const io = openShellIo();
  const nothing = { io, options: {}, isVersion: false, isHelp: false };
  if (argv[0] !== undefined && !argv[0].startsWith('-')) return { ...nothing, words: [...argv] };
  try {
    const spec = {
      usage: '',
      summary: '',
      flags: GLOBAL_FLAGS,
      arity: { min: 0, max: 0 },
      stopsAtFirstArgument: true,
    } as const;
    const { flags, args } = parseFlags(spec, argv);
    const root = flags.string('root');
    const runRoot = flags.string('runroot');
    const options = {
      ...(root === undefined ? {} : { root }),
      ...(runRoot === undefined ? {} : { runRoot }),
    };
    return { io, words: args, options, isVersion: flags.bool('version'), isHelp: flags.bool('help') };
  } catch (error) {
    if (!(error instanceof UsageError)) throw error;
    await io.stderr.write(`${error.message}\nSee 'boxtop --help'.\n`);
    return nothing;
  }
}

/**
 * The engine is not closed: the process ends now, and SQLite's log is the next one's to go on with. Closing would write it into the
 * database and remove it, four waits for the disk in every command.
 */
async function runWords(words: readonly string[], options: EngineOptions, io: ShellIo): Promise<number> {
  const [{ openEngine, resolvePaths }, { runVerb }] = await Promise.all([
    import('../../engine/index.ts'),
    import('./run-verb.ts'),
  ]);
  let engine: Engine | undefined;
  const open = () => {
    engine ??= openEngine(options);
    return engine;
  };
  if (words[0] === 'internal')
    return existsSync(resolvePaths(options).database) ? await runInternal(words.slice(1), open()) : 0;
  return await runVerb(words, open, io);
}

/**
 * What a monitor runs at the end of a container or a detached exec, and the store's background processes. A container that is gone,
 * maybe with its store, is no error.
 */
async function runInternal(words: readonly string[], { containers, system }: Engine): Promise<number> {
  const [what, id = ''] = words;
  if (what === 'exited') await containers.handleExit(id);
  else if (what === 'supervise') await system.supervise();
  else if (what === 'tend') await containers.tend();
  else if (what === 'exec-exited') await containers.execInspect(id).catch(ignoreMissing);
  else return 1;
  return 0;
}

function ignoreMissing(error: unknown): void {
  if ((error as { code?: unknown }).code !== 'NOT_FOUND') throw error;
}
