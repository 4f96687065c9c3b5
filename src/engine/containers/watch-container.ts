/** Lists a container for the watcher. Apart from it, as every command looks whether the watcher is there. */
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { logLimits } from './logs/log-limits.ts';
import { logFile } from './paths.ts';
import { hasRestartPolicy } from './restart-policy.ts';
import { watchFolder } from './watcher.ts';

/** Keeps no log that could become too large, but is watched for its monitor. */
const NO_LOG = { folder: '0', target: '/dev/null' };

/** Before the container starts: its end takes this back. `startWatcher` follows. */
export function watchContainer(ctx: Context, record: ContainerRecord): void {
  const limits = logLimits(record.HostConfig.LogConfig);
  if (limits === undefined && !hasRestartPolicy(record)) return;
  const log = limits && { folder: String(limits.maxSizeBytes), target: logFile(ctx, record.Id) };
  const { folder, target } = log ?? NO_LOG;
  const link = join(watchFolder(ctx), folder, record.Id);
  rmSync(link, { force: true });
  for (let isLinked = false; !isLinked; ) {
    mkdirSync(join(watchFolder(ctx), folder), { recursive: true, mode: 0o700 });
    isLinked = tryLink(target, link);
  }
}

/** False when another process has just removed the empty folder. */
function tryLink(target: string, link: string): boolean {
  try {
    symlinkSync(target, link);
    return true;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}
