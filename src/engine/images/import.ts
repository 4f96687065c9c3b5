/** `import`: a tar stream becomes a one-layer image. */
import { addAbortSignal, Readable } from 'node:stream';
import type { Context } from '../context.ts';
import { ENGINE_VERSION } from '../engine-version.ts';
import { normalizePlatform, parsePlatform } from '../oci/platform.ts';
import { recordEvent } from '../state/events.ts';
import type { ImportOptions } from '../types/images.ts';
import type { Progress } from '../types/progress.ts';
import { applyChanges } from './changes.ts';
import { recordImage } from './create.ts';
import { storeLayer } from './layers.ts';
import { imageAttributes, taggable } from './names.ts';
import { hostPlatform } from './platform.ts';
import type { ImageConfigDocument } from './records.ts';

/** `source`: the archive, or the http(s) URL it is downloaded from. Throws INVALID_ARGUMENT (reference, changes, platform, URL, no tar), NOT_FOUND, UNAVAILABLE, CANCELED. */
export async function* importImage(
  ctx: Context,
  source: Readable | URL,
  options: ImportOptions = {},
): AsyncGenerator<Progress, { imageId: string }, void> {
  if (options.reference !== undefined) taggable(options.reference);
  const base = imageConfig(options, source instanceof URL ? source.href : '-'); // changes are checked before a long stream is read
  yield { status: source instanceof URL ? `Downloading from ${source.href}` : 'Importing' };
  const stream = source instanceof URL ? await download(source, options.signal) : source;
  // A pipe that delivers nothing must not hold up a cancel.
  if (options.signal !== undefined) addAbortSignal(options.signal, stream);
  const { decompress } = await import('../../layerfs/index.ts');
  const layer = await storeLayer(ctx, await decompress(stream), { signal: options.signal });
  const { diffId } = layer;
  const config: ImageConfigDocument = { ...base, rootfs: { type: 'layers', diff_ids: [diffId] } };
  const record = recordImage(ctx, { config, layers: [layer], reference: options.reference });
  recordEvent(ctx.state, {
    Type: 'image',
    Action: 'import',
    id: record.Id,
    attributes: imageAttributes(record, record.Id),
  });
  yield { status: record.Id };
  return { imageId: record.Id };
}

async function download(url: URL, signal: AbortSignal | undefined): Promise<Readable> {
  const { downloadStream } = await import('../registry/download.ts');
  return Readable.from(downloadStream(url.href, signal), { objectMode: false });
}

function imageConfig(options: ImportOptions, origin: string): ImageConfigDocument {
  const host = hostPlatform();
  const platform = options.platform === undefined ? host : parsePlatform(options.platform, host);
  const { os, architecture, variant } = normalizePlatform(platform);
  const created = new Date().toISOString();
  return {
    created,
    architecture,
    ...(variant === undefined ? {} : { variant }),
    os,
    config: applyChanges({}, options.changes ?? []),
    rootfs: { type: 'layers', diff_ids: [] },
    docker_version: ENGINE_VERSION,
    history: [{ created, comment: options.message ?? `Imported from ${origin}` }],
  };
}
