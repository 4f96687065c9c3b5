/** What a running container's terminal showed last, for a pane that attaches to it. */
import type { Engine } from '../../engine/index.ts';

/** Enough for any screen; a full-screen program's last full redraw is mostly within it. */
const TAIL_LINES = 400;
const TAIL_BYTES = 512 * 1024;

/** The end of the log as the raw terminal output it is. */
export async function lastOutput(containers: Engine['containers'], id: string): Promise<Uint8Array> {
  const parts: Buffer[] = [];
  for await (const lines of containers.logs(id, { tail: TAIL_LINES })) {
    for (const { data, isComplete } of lines) {
      parts.push(data);
      if (isComplete && data.at(-1) !== 0x0a) parts.push(Buffer.from('\n'));
    }
  }
  return Buffer.concat(parts).subarray(-TAIL_BYTES);
}
