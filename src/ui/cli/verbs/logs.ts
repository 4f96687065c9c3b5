/** boxtop logs: what a container wrote, stdout and stderr kept apart. Bytes in, bytes out. */
import { codeOf } from '../../../engine/index.ts';
import { bool, exactly, text } from '../flags.ts';
import { INTERRUPTED, PlainError } from '../plain-error.ts';
import { clientText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] CONTAINER',
  summary: 'Fetch the logs of a container',
  flags: [
    bool('details', 'Show the labels and variables named by --log-opt labels=…, env=…'),
    bool('follow', 'Follow the output', 'f'),
    text('since', 'Show what was written since a time (2013-01-02T13:23:37Z) or for a duration (42m)'),
    { ...text('tail', 'Number of lines from the end', 'n'), default: '"all"' },
    bool('timestamps', 'Show the time of each line', 't'),
    text('until', 'Show what was written before a time (2013-01-02T13:23:37Z) or a duration ago (42m)'),
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const tail = readTail(flags.string('tail'));
    const since = flags.string('since');
    const until = flags.string('until');
    const batches = engine().containers.rawLogs(args[0]!, {
      follow: flags.bool('follow'),
      timestamps: flags.bool('timestamps'),
      details: flags.bool('details'),
      signal: io.signal,
      ...(tail !== undefined && { tail }),
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    });
    try {
      for await (const chunks of batches) {
        for (const { stream, data } of chunks)
          await (stream === 'stderr' ? io.stderr : io.stdout).write(data);
      }
    } catch (error) {
      if (codeOf(error) === 'NOT_FOUND') throw new PlainError(clientText(error));
      if (!io.signal.aborted) throw error;
    }
    return io.signal.aborted ? INTERRUPTED : 0;
  },
};

/** 'all', and anything else that is no number, means all, as Docker's daemon reads it. */
function readTail(value: string | undefined): number | undefined {
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : undefined;
}
