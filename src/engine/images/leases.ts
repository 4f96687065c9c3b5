/** Leases: blobs and layers that no record names yet but that must not be collected. A lease dies with its process. */
import type { Context } from '../context.ts';
import { randomHex } from '../random.ts';
import { openDocuments } from '../state/documents.ts';
import { processStart, withLock } from '../state/locks.ts';

interface Lease {
  id: string;
  pid: number;
  /** start time of the process, so that a reused pid is not taken for it */
  started: string;
  /** digests of blobs, and diffIDs */
  digests: string[];
}

/** Held by collectors, and for a moment by who takes a lease: afterwards no collector runs that has not seen it. */
export const COLLECT_LOCK = 'collect';

const leases = (ctx: Context) => openDocuments<Lease>(ctx.state, 'lease');

/** Protects digests until `release`. Look only afterwards whether they are here. */
export async function takeLease(
  ctx: Context,
  digests: readonly string[],
  signal?: AbortSignal,
): Promise<() => void> {
  return withLock(ctx.state, COLLECT_LOCK, async () => putLease(ctx, digests), { signal });
}

/**
 * The same for who sees, in the transaction that this is called in, the record that protects the digests so far: a collector looks
 * what is used within one, too.
 */
export function putLease(ctx: Context, digests: readonly string[]): () => void {
  const id = randomHex(16);
  const started = processStart(process.pid) ?? '';
  leases(ctx).put(id, { id, pid: process.pid, started, digests: [...digests] });
  return () => void leases(ctx).remove(id);
}

/** Ends this process's leases that are for nothing else than what a record names now. */
export function releaseRecorded(ctx: Context, recorded: () => ReadonlySet<string>): void {
  const own = leases(ctx)
    .all()
    .filter(({ pid }) => pid === process.pid);
  if (own.length === 0) return;
  const known = recorded();
  for (const { id, digests } of own) if (digests.every((digest) => known.has(digest))) leases(ctx).remove(id);
}

/** All protected digests; leases of dead processes are dropped. */
export function leasedDigests(ctx: Context): Set<string> {
  const digests = new Set<string>();
  for (const lease of leases(ctx).all()) {
    if (processStart(lease.pid) !== lease.started) leases(ctx).remove(lease.id);
    else for (const digest of lease.digests) digests.add(digest);
  }
  return digests;
}
