/** Network namespaces that live without a process: pinned by a bind mount on a file. */
import { closeSync, mkdirSync, openSync, rmSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';

/** statfs(2) f_type of nsfs (linux/magic.h). */
const NSFS_MAGIC = 0x6e736673;

/** IPv6 stays off inside, as in Docker's IPv4-only networks; that also keeps router advertisements out (CVE-2020-13401). */
const DISABLE_IPV6 =
  'for f in all default; do echo 1 > /proc/sys/net/ipv6/conf/$f/disable_ipv6; done 2>/dev/null; true';

export const namespaceFile = (ctx: Context, containerId: string): string =>
  join(ctx.paths.netns, containerId);

/** Makes a namespace and pins it on `file` (which must not be pinned yet). */
export async function createNamespace(ctx: Context, file: string): Promise<void> {
  mkdirSync(ctx.paths.netns, { recursive: true, mode: 0o700 });
  closeSync(openSync(file, 'w', 0o600));
  await runCommand('unshare', [`--net=${file}`, 'sh', '-c', DISABLE_IPV6]);
}

export function isPinned(file: string): boolean {
  try {
    return statfsSync(file).type === NSFS_MAGIC;
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return false;
    throw error;
  }
}

/** Lets go of a pinned namespace; the kernel ends it with its last process. Missing ones are no error. */
export async function removeNamespace(file: string): Promise<void> {
  // Lazily: a program may hold the file open for a moment, and nothing else is mounted below it.
  while (isPinned(file)) await runCommand('umount', ['-l', file]);
  rmSync(file, { force: true });
}

/** Link-local addresses beside the interface's own (`--link-local-ip`), which netavark doesn't give. They go with the interface. */
export async function addLinkLocal(file: string, name: string, addresses: readonly string[]): Promise<void> {
  for (const address of addresses)
    await runCommand('nsenter', [`--net=${file}`, 'ip', 'address', 'add', `${address}/16`, 'dev', name]);
}
