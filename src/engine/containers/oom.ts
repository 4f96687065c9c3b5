/** Whether the kernel killed a process of a container for lack of memory: not only its first, as Docker tells it. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { hostFacts } from '../runtime/host.ts';
import { cgroupsPath } from '../runtime/spec.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { containerEvent } from './container-events.ts';
import { bundleDir } from './paths.ts';
import { updateContainer } from './records.ts';

/** The monitor leaves this file in the bundle as soon as the kernel tells it. */
export const oomFile = (ctx: Context, id: string): string => `${bundleDir(ctx, id)}/oom`;

/** At the container's end, while its control group is still there: a monitor that was killed has told nothing. */
export function wasOomKilled(ctx: Context, { Id, HostConfig }: ContainerRecord): boolean {
  const path = cgroupsPath(Id, HostConfig.CgroupParent);
  return existsSync(oomFile(ctx, Id)) || oomKills(path, hostFacts().cgroupMode === 'v2') > 0;
}

/**
 * Processes of a group that the OOM killer has killed: `oom_kill` of memory.oom_control (cgroup-v1/memory.rst) or memory.events
 * (cgroup-v2.rst).
 */
export function oomKills(path: string, isV2: boolean, root = '/sys/fs/cgroup'): number {
  const file = isV2 ? join(root, path, 'memory.events') : join(root, 'memory', path, 'memory.oom_control');
  try {
    return Number(/^oom_kill (\d+)$/m.exec(readFileSync(file, 'utf8'))?.[1] ?? 0);
  } catch {
    return 0; // the group is gone, or has no memory controller
  }
}

/** What must be known of a record to note it. */
export interface RunningRecord {
  Id: string;
  State: Pick<ContainerRecord['State'], 'Running' | 'OOMKilled' | 'Pid'>;
}

/** The event of a running container, told by whoever looks first, else at its end. Returns whether the record has changed. */
export function noteOom(ctx: Context, { Id, State }: RunningRecord): boolean {
  if (!State.Running || State.OOMKilled || !existsSync(oomFile(ctx, Id))) return false;
  return ctx.state.write(() => {
    let isNew = false;
    const noted = updateContainer(ctx, Id, (current) => {
      isNew = current.State.Pid === State.Pid && !current.State.OOMKilled;
      if (isNew) current.State.OOMKilled = true;
    });
    if (isNew) containerEvent(ctx, noted, 'oom');
    return true;
  });
}
