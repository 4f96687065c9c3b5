/** What a start that was killed half-way left: its monitor, its network, its mounts, the container the runtime made but nobody started. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import type { Context } from '../context.ts';
import { endGroup } from '../runtime/process-group.ts';
import { deleteFromRuntime, runtimeToClear } from '../runtime/runtime.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { bundleDir } from './paths.ts';
import { releaseVolumes } from './release-volumes.ts';

/**
 * Removes it. A bundle folder is there only after such a start, so an ordinary start looks no further. The caller holds the container's
 * lock and knows that the container doesn't run. The monitor goes first: it would write an exit file over the new one's.
 */
export async function clearLeftovers(ctx: Context, record: ContainerRecord): Promise<void> {
  const id = record.Id;
  if (!existsSync(bundleDir(ctx, id))) return;
  for (const pid of monitorsOf(id)) await endGroup(pid);
  await deleteFromRuntime(runtimeToClear(ctx, record.HostConfig.Runtime), record);
  const { teardownNetwork } = await import('../networks/setup.ts');
  await teardownNetwork(ctx, record);
  await releaseVolumes(ctx, record);
}

/** Monitors of a container, by their command line: a killed start may not have noted its own. */
function monitorsOf(id: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      const [program = '', ...args] = commandLine(pid);
      return /(^|\/)conmon$/.test(program) && args.includes(id);
    })
    .map(Number);
}

function commandLine(pid: string): string[] {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
  } catch {
    return []; // it has ended
  }
}
