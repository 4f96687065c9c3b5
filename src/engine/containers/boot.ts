/** What happens to containers when the machine comes up and goes down. */
import type { Context } from '../context.ts';
import { codeOf, messageOf } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import type { BootResult, ContainerRecord } from '../types/containers.ts';
import { cancelRestart } from './end-state.ts';
import { handleExit } from './exited.ts';
import { containerDocuments, containerLock } from './records.ts';
import { startsAtBoot } from './restart-policy.ts';
import { start } from './start.ts';
import { stop } from './stop.ts';

/** At once: starting is mostly waiting. */
const PARALLEL = 4;

/**
 * Records the end of what the machine took down with it, then starts what its restart policy brings back (Docker at the daemon's
 * start). Containers that share another's namespaces come after it. A failure keeps nobody else from starting.
 */
export async function boot(ctx: Context): Promise<BootResult[]> {
  const before = containerDocuments(ctx).all();
  await inParallel(before, ({ Id }) => settle(ctx, Id));
  const wanted = containerDocuments(ctx)
    .all()
    .filter((record) => record.Build === undefined && !record.State.Running && startsAtBoot(record));
  const results: BootResult[] = [];
  for (const wave of inWaves(wanted)) {
    await inParallel(wave, async ({ Id, Name }) => {
      results.push(await attempt(ctx, { Id, Name }, () => start(ctx, Id)));
    });
  }
  return results;
}

/** Stops all that runs, without keeping the next boot from starting it again: nobody wanted it stopped. */
export async function shutDown(ctx: Context): Promise<BootResult[]> {
  const running = containerDocuments(ctx)
    .all()
    .filter(({ State, Build }) => Build === undefined && (State.Running || State.Restarting));
  return Promise.all(
    running.map((record) => attempt(ctx, record, () => stop(ctx, record.Id, { isByUser: false }))),
  );
}

/** A restart that was pending when the machine went down is decided anew. */
async function settle(ctx: Context, id: string): Promise<void> {
  await handleExit(ctx, id);
  await withLock(ctx.state, containerLock(id), async () => {
    const record = containerDocuments(ctx).get(id);
    if (record?.State.Restarting) cancelRestart(ctx, id, { byUser: false });
  });
}

async function attempt(
  ctx: Context,
  { Id, Name }: Pick<ContainerRecord, 'Id' | 'Name'>,
  act: () => Promise<unknown>,
): Promise<BootResult> {
  try {
    await act();
    return { Id, Name };
  } catch (error) {
    // removed meanwhile, or by its own --rm
    if (codeOf(error) === 'NOT_FOUND' && containerDocuments(ctx).get(Id) === undefined) return { Id, Name };
    return { Id, Name, Error: messageOf(error) };
  }
}

/** Those that need nobody first, then those that need only them, and so on; a circle is tried last, to fail by name. */
function inWaves(records: readonly ContainerRecord[]): ContainerRecord[][] {
  const waves: ContainerRecord[][] = [];
  let rest = [...records];
  while (rest.length > 0) {
    const isWaiting = (record: ContainerRecord) =>
      needs(record).some((name) => rest.some((other) => other.Name === name || other.Id.startsWith(name)));
    const ready = rest.filter((record) => !isWaiting(record));
    const wave = ready.length > 0 ? ready : rest;
    waves.push(wave);
    rest = rest.filter((record) => !wave.includes(record));
  }
  return waves;
}

/** Names or ids of the containers whose namespaces it joins, and of those it links to. */
function needs({ HostConfig, Links = [] }: ContainerRecord): string[] {
  const { NetworkMode, PidMode, IpcMode, UTSMode } = HostConfig;
  const joined = [NetworkMode, PidMode, IpcMode, UTSMode].flatMap((mode) => {
    const [, name] = /^container:(.+)$/.exec(mode ?? '') ?? [];
    return name === undefined ? [] : [name];
  });
  return [...joined, ...Links.map(({ Id }) => Id)];
}

async function inParallel<T>(items: readonly T[], act: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items];
  const work = async () => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await act(item);
  };
  await Promise.all(Array.from({ length: PARALLEL }, work));
}
