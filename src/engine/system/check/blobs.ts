/** Reads every blob and compares its bytes with its digest. */
import { createHash } from 'node:crypto';
import { openContent } from '../../content/content.ts';
import type { Context } from '../../context.ts';
import { codeOf } from '../../errors.ts';
import { usedDigests } from '../../images/collect.ts';
import { digestsOf } from '../../images/digests.ts';
import { namesById } from '../../images/list.ts';
import { imageDocuments } from '../../images/records.ts';
import { shortDigest } from '../../oci/digest.ts';
import type { Progress } from '../../types/progress.ts';
import type { Finding } from './finding.ts';
import { getAgain } from './images.ts';

/** Throws an AbortError. One that is removed meanwhile is no finding. */
export async function* checkBlobs(
  ctx: Context,
  signal: AbortSignal | undefined,
): AsyncGenerator<Progress, Finding[], void> {
  const content = openContent(ctx.paths.content);
  const { blobs } = content.usage();
  const total = [...blobs.values()].reduce((sum, bytes) => sum + bytes, 0);
  const findings: Finding[] = [];
  let current = 0;
  for (const digest of blobs.keys()) {
    const hash = createHash('sha256');
    try {
      for await (const chunk of content.stream(digest)) {
        signal?.throwIfAborted();
        hash.update(chunk as Buffer);
        current += (chunk as Buffer).length;
        yield { id: 'blobs', status: 'Verifying', current, total };
      }
    } catch (error) {
      if (codeOf(error) === 'ENOENT') continue;
      if (codeOf(error) !== 'EIO') throw error; // the disk can't read it any more
    }
    if (`sha256:${hash.digest('hex')}` !== digest) findings.push(...damaged(ctx, digest));
  }
  return findings;
}

function damaged(ctx: Context, digest: string): Finding[] {
  const names = namesById(ctx);
  const [first, ...others] = imageDocuments(ctx)
    .all()
    .filter((record) => digestsOf(record).includes(digest))
    .map(({ Id }) => names.get(Id)?.tags[0] ?? shortDigest(Id));
  const object = `blob ${digest}`;
  const message = 'its bytes are not those of its digest';
  if (first !== undefined) {
    const users = [first, ...others].join(', ');
    return [{ object, message: `${message}; used by ${users}`, hint: getAgain(first), isOfBytes: true }];
  }
  // one that nothing uses is found as such
  if (!usedDigests(ctx).has(digest)) return [];
  return [{ object, message, hint: 'remove the build cache: boxtop builder prune -a', isOfBytes: true }];
}
