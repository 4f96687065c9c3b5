/** `pull`: from a reference to a recorded image. The record comes last, so that a cancelled pull leaves the store whole. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { parsePlatform } from '../oci/platform.ts';
import {
  familiarName,
  familiarString,
  formatReference,
  parseReference,
  type Reference,
  withDefaultTag,
  withTag,
} from '../oci/reference.ts';
import { openClient, type RegistryClient } from '../registry/client.ts';
import { RegistryError } from '../registry/errors.ts';
import { listTags } from '../registry/manifests.ts';
import { type Endpoint, endpointsOf, readSettings } from '../registry/settings.ts';
import type { PullOptions, PullResult } from '../types/images.ts';
import type { Progress } from '../types/progress.ts';
import { hostPlatform } from './platform.ts';
import { withProgress } from './progress-channel.ts';
import { pullImage } from './pull-image.ts';
import type { PullJob } from './pull-job.ts';

/** Throws INVALID_ARGUMENT, NOT_FOUND, UNAUTHENTICATED, PERMISSION_DENIED, UNAVAILABLE, DATA_LOSS, CANCELED. */
export async function* pull(
  ctx: Context,
  name: string,
  options: PullOptions = {},
): AsyncGenerator<Progress, PullResult[], void> {
  const reference = parseReference(name);
  if (options.allTags && (reference.tag !== undefined || reference.digest !== undefined)) {
    throw new EngineError('INVALID_ARGUMENT', "tag can't be used with --all-tags/-a");
  }
  const platform =
    options.platform === undefined ? undefined : parsePlatform(options.platform, hostPlatform());
  return yield* withProgress(options.signal, (emit, signal) => {
    const job: PullJob = { ctx, reference, platform, allTags: options.allTags === true, emit, signal };
    return fromEndpoints(job);
  });
}

/** Mirrors first; whatever is wrong with one, the next is tried. */
async function fromEndpoints(job: PullJob): Promise<PullResult[]> {
  const endpoints = endpointsOf(job.reference.domain, readSettings(job.ctx.paths.configFile));
  for (const endpoint of endpoints) {
    try {
      return await fromEndpoint(job, endpoint);
    } catch (error) {
      if (job.signal.aborted) throw new EngineError('CANCELED', 'context canceled', { cause: error });
      if (!endpoint.isMirror) throw pullError(error, job.reference);
    }
  }
  throw new EngineError('INTERNAL', `no endpoint for ${job.reference.domain}`);
}

async function fromEndpoint(job: PullJob, endpoint: Endpoint): Promise<PullResult[]> {
  const client = openClient({
    endpoint,
    repository: job.reference.path,
    dockerConfig: job.ctx.paths.dockerConfig,
    actions: 'pull',
    signal: job.signal,
  });
  const results: PullResult[] = [];
  for (const reference of await wanted(job, client)) {
    const { digest, imageId, isNewer } = await pullImage(job, client, reference);
    job.emit({ status: `Digest: ${digest}` });
    results.push({ digest, imageId, isNewer, reference: formatReference(reference) });
  }
  const shown = job.allTags ? familiarName(job.reference) : familiarString(withDefaultTag(job.reference));
  const isNewer = results.some((result) => result.isNewer);
  job.emit({
    status: `Status: ${isNewer ? 'Downloaded newer image for' : 'Image is up to date for'} ${shown}`,
  });
  return results;
}

async function wanted(job: PullJob, client: RegistryClient): Promise<Reference[]> {
  if (!job.allTags) return [withDefaultTag(job.reference)];
  return (await listTags(client)).map((tag) => withTag(job.reference, tag));
}

/** Docker's sentences (distribution/errors.go, translatePullError). */
function pullError(error: unknown, reference: Reference): unknown {
  if (!(error instanceof RegistryError)) return error;
  const name = familiarName(reference);
  const sentence: Readonly<Record<string, string>> = {
    DENIED: `pull access denied for ${name}, repository does not exist or may require 'docker login'`,
    MANIFEST_UNKNOWN: `manifest for ${familiarString(withDefaultTag(reference))} not found`,
    NAME_UNKNOWN: `repository ${name} not found`,
  };
  const prefix = sentence[error.registryCode];
  if (prefix === undefined) return error;
  const code = error.registryCode === 'DENIED' ? error.code : 'NOT_FOUND';
  return new EngineError(code, `${prefix}: ${error.message}`, {
    cause: error,
    hint: 'check the name and the tag, or log in',
  });
}
