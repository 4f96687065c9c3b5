/** A program that relays to a child of its own, as attach does to a container's: `relay-program.ts OPTIONS-JSON SCRIPT`. */
import { spawn as spawnChild } from 'node:child_process';
import { once } from 'node:events';
import { PassThrough, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { spawn as spawnPty } from 'node-pty';
import type { AttachStream, OutputChunk } from '../../src/engine/index.ts';
import { openShellIo } from '../../src/ui/cli/shell-io.ts';
import { relay } from '../../src/ui/terminal/relay.ts';

export interface RelayProgramOptions {
  tty: boolean;
  stdin: boolean;
  detachKeys?: string;
  hasSigProxy?: boolean;
  redraw?: boolean;
  replay?: string;
  /** throw while output is written */
  crash?: boolean;
}

const options: RelayProgramOptions = JSON.parse(process.argv[2]!);
const script = process.argv[3]!;

interface Child {
  stream: AttachStream;
  kill(signal: string): void;
}

/** With `redraw` the child was there before: it has said something already. */
async function ptyChild(): Promise<Child> {
  const pty = spawnPty('/bin/sh', ['-c', script], { cols: 80, rows: 24, encoding: null });
  const output = new PassThrough();
  pty.onData((data) => output.write(data));
  pty.onExit(() => output.end());
  if (options.redraw) await once(output, 'readable');
  return {
    kill: (signal) => pty.kill(signal),
    stream: {
      output: chunks(output, 'stdout'),
      write: async (data) => pty.write(Buffer.from(data)),
      closeInput: () => {},
      resize: async (rows, cols) => pty.resize(cols, rows),
      close: () => output.end(),
    },
  };
}

function pipeChild(): Child {
  const child = spawnChild('/bin/sh', ['-c', script], { stdio: 'pipe' });
  child.stdin.on('error', () => undefined);
  return {
    kill: (signal) => child.kill(signal as NodeJS.Signals),
    stream: {
      output: both(child.stdout, child.stderr),
      write: (data) =>
        new Promise((resolve, reject) => child.stdin.write(data, (e) => (e ? reject(e) : resolve()))),
      closeInput: () => child.stdin.end(),
      resize: async () => {},
      close: () => {
        child.stdout.destroy();
        child.stderr.destroy();
      },
    },
  };
}

async function* chunks(
  source: AsyncIterable<Buffer>,
  stream: OutputChunk['stream'],
): AsyncGenerator<OutputChunk> {
  for await (const data of source) {
    if (options.crash) throw new Error('crashed');
    yield { stream, data };
  }
}

function both(stdout: Readable, stderr: Readable): AsyncIterable<OutputChunk> {
  const merged = new PassThrough({ objectMode: true });
  const add = (stream: OutputChunk['stream'], source: Readable) =>
    pipeline(Readable.from(chunks(source, stream)), merged, { end: false }).catch(() => undefined);
  void Promise.all([add('stdout', stdout), add('stderr', stderr)]).then(() => merged.end());
  return merged;
}

const { stream, kill } = options.tty ? await ptyChild() : pipeChild();
const { hasSigProxy, replay, ...rest } = options;
const result = await relay({
  ...rest,
  stream,
  io: openShellIo(),
  ...(replay === undefined ? {} : { replay: Buffer.from(replay) }),
  ...(hasSigProxy ? { sigProxy: kill } : {}),
});
process.stderr.write(`<${result}>\n`);
process.exit(0);
