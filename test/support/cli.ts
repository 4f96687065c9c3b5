/** Runs a verb of the command line in this process: for tables of many cases. */
import { Readable } from 'node:stream';
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
