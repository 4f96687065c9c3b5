/** Verb ps: the containers of the store, newest first. */
import type { Context } from '../context.ts';
import type { ContainerRecord, ContainerSummary, Containers } from '../types/containers.ts';
import { type Fate, fateOf, handleExit } from './exited.ts';
import { endpointsOf } from './inspect/inspect-networks.ts';
import { linkNames } from './links.ts';
import { containerFilter, imageId } from './list-filters.ts';
import { watchLost } from './lost.ts';
import { noteOom } from './oom.ts';
import { containerDocuments } from './records.ts';
import { containerSizes } from './sizes.ts';
import { commandText, publishedPorts, statusText } from './status-text.ts';
import { reviveSupervisor } from './supervised.ts';

/**
 * Running containers, or all with `all`, `limit` or a status filter (Docker's rules). One read of the database; sizes only when asked.
 * Throws INVALID_ARGUMENT (filters), NOT_FOUND (before, since).
 */
export async function list(
  ctx: Context,
  options: Parameters<Containers['list']>[0] = {},
): Promise<ContainerSummary[]> {
  const { filters = {}, limit = 0 } = options;
  const test = containerFilter(ctx, filters);
  const wantsAll = options.all || limit > 0 || (filters['status']?.length ?? 0) > 0;
  const current = await currentRecords(ctx);
  const found = current.records
    .filter((record) => record.Build === undefined && (wantsAll || isUp(record)) && test(record))
    .sort((a, b) => (a.Created < b.Created ? 1 : a.Created > b.Created ? -1 : 0));
  const shown = limit > 0 ? found.slice(0, limit) : found;
  const imageName = imageNames(ctx);
  const links = linkNames(ctx);
  const nowMs = Date.now();
  const summaries = shown.map((record) => {
    const isLost = current.lost.has(record.Id);
    const status = statusText(record.State, nowMs, isLost);
    return summary(record, imageName(record), { status, links: links.get(record.Id) ?? [] });
  });
  if (options.size) await addSizes(ctx, shown, summaries);
  return summaries;
}

/** All records, those first brought up to date that say "running" of something that has ended; and whose monitor was killed. */
async function currentRecords(ctx: Context): Promise<{ records: ContainerRecord[]; lost: Set<string> }> {
  const documents = containerDocuments(ctx);
  const records = documents.all();
  const fates = records.map((record) => fateOf(ctx, record));
  const those = (fate: Fate) => records.filter((_, index) => fates[index] === fate);
  for (const record of those('lost')) watchLost(ctx, record);
  reviveSupervisor(ctx); // the screen keeps its store open for days
  const lost = new Set(those('lost').map(({ Id }) => Id));
  const ended = those('ended');
  for (const record of records) if (!ended.includes(record)) noteOom(ctx, record);
  if (ended.length === 0) return { records, lost };
  await Promise.all(ended.map(({ Id }) => handleExit(ctx, Id)));
  return { records: documents.all(), lost };
}

const isUp = ({ State }: ContainerRecord): boolean => State.Running || State.Paused || State.Restarting;

/** The name a container was created from, or its image's id when the name points at another image by now. */
function imageNames(ctx: Context): (record: ContainerRecord) => string {
  const ids = new Map<string, string | undefined>();
  return ({ Image, Config }) => {
    const name = Config.Image;
    if (!ids.has(name)) ids.set(name, imageId(ctx, name));
    return ids.get(name) === Image ? name : Image;
  };
}

function summary(
  record: ContainerRecord,
  image: string,
  { status, links }: { status: string; links: readonly string[] },
): ContainerSummary {
  return {
    Id: record.Id,
    Names: [record.Name, ...links].map((name) => `/${name}`),
    Image: image,
    ImageID: record.Image,
    Command: commandText(record),
    Created: Math.floor(Date.parse(record.Created) / 1000),
    Ports: publishedPorts(record.NetworkSettings.Ports),
    Labels: record.Config.Labels ?? {},
    State: record.State.Status,
    Status: status,
    ...(record.State.OOMKilled && record.State.Status === 'exited' ? { OOMKilled: true as const } : {}),
    HostConfig: { NetworkMode: record.HostConfig.NetworkMode ?? 'default' },
    NetworkSettings: { Networks: endpointsOf(record) },
    Mounts: record.Mounts,
  };
}

async function addSizes(
  ctx: Context,
  records: ContainerRecord[],
  summaries: ContainerSummary[],
): Promise<void> {
  for (const [index, record] of records.entries())
    Object.assign(summaries[index]!, await containerSizes(ctx, record));
}
