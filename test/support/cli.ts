/** Runs a verb of the command line in this process: for tables of many cases. */
import { Readable } from 'node:stream';
import { expect } from 'vitest';
import type { Engine } from '../../src/engine/index.ts';
import type { CliIo, Output } from '../../src/ui/cli/io.ts';
import { runVerb } from '../../src/ui/cli/run-verb.ts';
import type { Result } from './boxtop.ts';

/** A command line on `engine`, with `stdin` to read; standard output is kept as Latin-1, byte for byte. */
export async function runCommandLine(
  engine: Engine,
  words: readonly string[],
  stdin: string | Buffer = '',
): Promise<Result> {
  const said = { stdout: '', stderr: '' };
  const output = (name: 'stdout' | 'stderr'): Output => ({
    isTty: false,
    columns: () => 80,
    write: async (data: string | Uint8Array) => {
      said[name] += Buffer.from(data).toString(name === 'stdout' ? 'latin1' : 'utf8');
    },
  });
  const io = {
    stdin: Readable.from([Buffer.from(stdin)], { objectMode: false }),
    stdout: output('stdout'),
    stderr: output('stderr'),
    signal: new AbortController().signal,
    confirm: async () => false,
  } as unknown as CliIo;
  return { exitCode: await runVerb(words, () => engine, io), ...said };
}

export interface CommandLines {
  boxtop(...words: string[]): Promise<Result>;
  /** Standard output of a command that must succeed. */
  ok(...words: string[]): Promise<string>;
  /** Status, and the first line of what was said of errors. */
  said(...words: string[]): Promise<[exitCode: number | null, line: string | undefined]>;
}

/** Command lines on the store of a describe. */
export function commandLines(store: { readonly engine: Engine }): CommandLines {
  const boxtop = (...words: string[]) => runCommandLine(store.engine, words);
  return {
    boxtop,
    async ok(...words) {
      const { exitCode, stdout, stderr } = await boxtop(...words);
      expect(exitCode, `${words.join(' ')}\n${stderr}`).toBe(0);
      return stdout.trim();
    },
    async said(...words) {
      const { exitCode, stderr } = await boxtop(...words);
      return [exitCode, stderr.split('\n')[0]];
    },
  };
}
