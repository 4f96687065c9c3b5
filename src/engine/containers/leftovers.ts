/** What a start that was killed half-way left: its monitor, its network, the container the runtime made but nobody started. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { chooseRuntime, deleteFromRuntime } from '../runtime/runtime.ts';
import { processStart } from '../state/locks.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { bundleDir } from './paths.ts';

const END_MS = 5000;

/**
 * Removes it. A bundle folder is there only after such a start, so an ordinary start looks no further. The caller holds the container's
 * lock and knows that the container doesn't run. The monitor goes first: it would write an exit file over the new one's.
 */
export async function clearLeftovers(ctx: Context, record: ContainerRecord): Promise<void> {
  const id = record.Id;
  if (!existsSync(bundleDir(ctx, id))) return;
  for (const pid of monitorsOf(id)) await endGroup(pid);
  await deleteFromRuntime(chooseRuntime(ctx, record.HostConfig.Runtime), record);
  const { teardownNetwork } = await import('../networks/setup.ts');
  await teardownNetwork(ctx, record);
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

/** The monitor and the runtime it may be waiting for are one process group. */
async function endGroup(pid: number): Promise<void> {
  const started = processStart(pid);
  for (const target of [-pid, pid]) {
    try {
      process.kill(target, 'SIGKILL');
    } catch (error) {
      if (codeOf(error) !== 'ESRCH') throw error;
    }
  }
  const deadline = Date.now() + END_MS;
  while (started !== undefined && processStart(pid) === started) {
    if (Date.now() > deadline)
      throw new EngineError('INTERNAL', `monitor ${pid} of a killed start does not end`);
    await sleep(2);
  }
}
