/** Verbs that take several objects: all are tried, each failure is said, one failure makes the status 1. */
import type { CliIo } from './io.ts';
import { describeFailure } from './report.ts';

/** How many at once; the store's locks make more useless. */
const PARALLEL = 16;

export interface TargetOptions {
  /** words of a failure */
  text: (error: unknown, name: string) => string;
  /** what to print for a success, default the name as it was given */
  print?: (name: string) => string | undefined;
}

/** Runs `action` on every name and reports in their order. Returns the exit status. */
export async function onEach(
  names: readonly string[],
  action: (name: string) => Promise<unknown>,
  io: CliIo,
  options: TargetOptions,
): Promise<number> {
  let exitCode = 0;
  for (let at = 0; at < names.length; at += PARALLEL) {
    const batch = names.slice(at, at + PARALLEL);
    const results = await Promise.allSettled(batch.map(async (name) => await action(name)));
    for (const [i, result] of results.entries()) {
      if (result.status === 'rejected') {
        const quiet = describeFailure(result.reason, '', false);
        if (quiet.text === undefined) return quiet.exitCode;
        exitCode = 1;
        await io.stderr.write(`${options.text(result.reason, batch[i]!)}\n`);
        continue;
      }
      const line = options.print === undefined ? batch[i] : options.print(batch[i]!);
      if (line !== undefined) await io.stdout.write(`${line}\n`);
    }
  }
  return exitCode;
}
