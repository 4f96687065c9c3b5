/** The view of what the store takes of the disk: measured once, as a job that can be ended. */
import { codeOf } from '../../../engine/index.ts';
import { diskLines } from '../widgets/disk-lines.ts';
import type { CommandServices } from './command-services.ts';

/** What a dialog's frame and margins take of the screen's width. */
const FRAME_CELLS = 8;

export function showDiskUsage({ engine, store, dialogs, jobs, notices }: CommandServices): void {
  const job = jobs.start('system df', { isStream: true });
  dialogs.offer({ kind: 'job', jobId: job.id, top: 0 });
  engine.system.diskUsage({ signal: job.signal }).then(
    (usage) => {
      const width = Math.max(40, store.get().size.columns - FRAME_CELLS);
      job.output(`${diskLines(usage, width).join('\n')}\n`);
      job.end('done');
    },
    (error: unknown) => {
      const isCanceled = codeOf(error) === 'CANCELED';
      job.end(isCanceled ? 'canceled' : 'failed');
      if (!isCanceled) notices.error('system df', error);
    },
  );
}
