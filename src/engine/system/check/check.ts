/** Verb system check: proves the store, and repairs what can be without a loss. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { StoreAudit } from '../../../layerfs/index.ts';
import { containerDocuments } from '../../containers/records.ts';
import { openContent } from '../../content/content.ts';
import type { Context } from '../../context.ts';
import { messageOf } from '../../errors.ts';
import { imageDocuments } from '../../images/records.ts';
import type { Job, Progress } from '../../types/progress.ts';
import type { CheckOptions, CheckProblem, CheckReport } from '../../types/system.ts';
import { volumeDocuments } from '../../volumes/records.ts';
import { checkBlobs } from './blobs.ts';
import { checkContainers } from './containers.ts';
import { checkDatabaseFile, checkReferences } from './database.ts';
import { type Finding, findingKey } from './finding.ts';
import { checkImages } from './images.ts';
import { checkLeftovers } from './leftovers.ts';
import { checkMounts } from './mounts.ts';

/** What another process has just begun is finished, or protected, by then. */
const SECOND_LOOK_MS = 500;

/**
 * Looks at everything, changing nothing without `repair`; other processes may use the store meanwhile: what they are doing looks like
 * damage for a moment, so what is found counts when a second look finds it, too. Throws CANCELED.
 */
export async function* check(ctx: Context, options: CheckOptions = {}): Job<CheckReport> {
  const { signal, repair = false, quick = false } = options;
  yield { status: 'Checking the database' };
  const { problems, isReadable } = await checkRecords(ctx, repair);
  if (!isReadable) return { ...NOTHING, Problems: problems };
  yield { status: 'Checking images, containers and volumes' };
  const findings = await lookTwice(ctx, signal);
  if (!quick) {
    yield { status: 'Checking blobs' };
    findings.push(...(yield* checkBlobs(ctx, signal)));
  }
  if (repair && findings.length > 0)
    return { ...counts(ctx), Problems: [...problems, ...(yield* repairAll(ctx, findings, signal))] };
  return { ...counts(ctx), Problems: [...problems, ...findings.map(unrepaired)] };
}

const unrepaired = (finding: Finding): CheckProblem =>
  problem(finding, finding.repair === undefined ? 'none' : 'possible');

/** The other checks read the records: one that is damaged and can't be removed keeps them from looking. */
async function checkRecords(
  ctx: Context,
  repair: boolean,
): Promise<{ problems: CheckProblem[]; isReadable: boolean }> {
  const found = checkDatabaseFile(ctx);
  const isReadable = found.every((finding) => finding.repair !== undefined);
  if (!repair) return { problems: found.map(unrepaired), isReadable };
  for (const finding of found) await finding.repair?.();
  const left = new Set(found.length === 0 ? [] : checkDatabaseFile(ctx).map(findingKey));
  return {
    problems: found.map((finding) => problem(finding, left.has(findingKey(finding)) ? 'none' : 'done')),
    isReadable,
  };
}

const NOTHING = { Images: 0, Containers: 0, Volumes: 0, Layers: 0, Blobs: 0, BlobBytes: 0 };

async function lookTwice(ctx: Context, signal: AbortSignal | undefined): Promise<Finding[]> {
  const first = await look(ctx, signal);
  if (first.length === 0) return [];
  await sleep(SECOND_LOOK_MS, undefined, { signal });
  const known = new Set(first.map(findingKey));
  return (await look(ctx, signal)).filter((finding) => known.has(findingKey(finding)));
}

async function look(ctx: Context, signal: AbortSignal | undefined): Promise<Finding[]> {
  const audit = await (await ctx.layers()).audit();
  signal?.throwIfAborted();
  return [
    ...layerFindings(ctx, audit),
    ...checkReferences(ctx),
    ...(await checkImages(ctx)),
    ...(await checkContainers(ctx, audit)),
    ...checkMounts(ctx),
    ...(await checkLeftovers(ctx, audit)),
  ];
}

/** Layers and areas on the disk that can't be used as they are. */
function layerFindings(ctx: Context, { faults }: StoreAudit): Finding[] {
  return faults.map(({ kind, name, message, isRepairable }) => ({
    object: `${kind} ${name}`,
    message,
    hint: isRepairable
      ? 'it is made anew from the rest'
      : kind === 'layer'
        ? 'remove the images and containers that use it, and get the image again'
        : `what its container wrote is lost: boxtop rm -f ${name.slice(0, 12)}`,
    ...(isRepairable && { repair: async () => void (await (await ctx.layers()).audit({ repair: true })) }),
  }));
}

/** One repair may put several things right, and may fail; what a further look still finds is not repaired. */
async function* repairAll(
  ctx: Context,
  findings: readonly Finding[],
  signal: AbortSignal | undefined,
): AsyncGenerator<Progress, CheckProblem[], void> {
  const failures = new Map<string, string>();
  for (const finding of findings) {
    signal?.throwIfAborted();
    if (finding.repair === undefined) continue;
    yield { status: `Repairing ${finding.object}` };
    try {
      await finding.repair();
    } catch (error) {
      failures.set(findingKey(finding), messageOf(error));
    }
  }
  const left = new Set((await look(ctx, signal)).map(findingKey));
  return findings.map((finding) => {
    const failure = failures.get(findingKey(finding));
    if (failure !== undefined) {
      const message = `${finding.message}; its repair failed: ${failure}`;
      return problem({ ...finding, message }, 'none');
    }
    const isLeft = left.has(findingKey(finding)) || finding.isOfBytes === true;
    return problem(finding, isLeft ? 'none' : 'done');
  });
}

const problem = (finding: Finding, Repair: CheckProblem['Repair']): CheckProblem => ({
  Object: finding.object,
  Message: finding.message,
  Hint: finding.hint,
  Repair,
});

function counts(ctx: Context): Omit<CheckReport, 'Problems'> {
  const images = imageDocuments(ctx).all();
  const { blobs } = openContent(ctx.paths.content).usage();
  return {
    Images: images.length,
    Containers: containerDocuments(ctx).all().length,
    Volumes: volumeDocuments(ctx).all().length,
    Layers: new Set(images.flatMap(({ layers }) => layers.map(({ diffId }) => diffId))).size,
    Blobs: blobs.size,
    BlobBytes: [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0),
  };
}
