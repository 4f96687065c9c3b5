/** boxtop images: list images. */
import type { ImageSummary } from '../../../engine/index.ts';
import { shortId } from '../../format/names.ts';
import { goTime } from '../../format/times.ts';
import { ago, humanSize } from '../../format/units.ts';
import { listFormat } from '../client-config.ts';
import { atMost, bool, list, text } from '../flags.ts';
import { printListing, type Row } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import type { Command } from '../verb.ts';

const NO_NAME = '<none>';

const HEADERS = {
  ID: 'IMAGE ID',
  Repository: 'REPOSITORY',
  Tag: 'TAG',
  Digest: 'DIGEST',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  Size: 'SIZE',
  Containers: 'CONTAINERS',
  VirtualSize: 'SIZE',
  SharedSize: 'SHARED SIZE',
  UniqueSize: 'UNIQUE SIZE',
};

export const command: Command = {
  usage: '[OPTIONS] [REPOSITORY[:TAG]]',
  summary: 'List images',
  flags: [
    bool('all', 'Show all images (default hides intermediate images)', 'a'),
    bool('digests', 'Show digests'),
    { ...list('filter', 'Show only what fits the condition', 'f'), word: 'filter', check: checkFilter },
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    bool('no-trunc', "Don't shorten"),
    bool('quiet', 'Print only ids', 'q'),
  ],
  arity: atMost(1),
  async run({ flags, args }, engine, io) {
    const wanted = filters(flags.list('filter'));
    if (args[0] !== undefined) wanted['reference'] = [...(wanted['reference'] ?? []), args[0]];
    const summaries = await engine().images.list({ all: flags.bool('all'), filters: wanted });
    const format = await listFormat(flags, 'imagesFormat', engine(), io);
    const isWhole = flags.bool('no-trunc');
    const hasDigest = flags.bool('digests') || (format !== undefined && /\.Digest\b/.test(format));
    const rows = summaries.flatMap((summary) => rowsOf(summary, isWhole, hasDigest));
    if (flags.bool('quiet') && format === undefined) {
      await io.stdout.write(rows.map(({ ID }) => `${String(ID)}\n`).join(''));
      return 0;
    }
    const columns = [
      'Repository',
      'Tag',
      ...(flags.bool('digests') ? ['Digest'] : []),
      'ID',
      'CreatedSince',
      'Size',
    ];
    await printListing({ headers: HEADERS, columns, rows, type: '*formatter.imageContext' }, format, io);
    return 0;
  },
};

interface ShownName {
  repository: string;
  tag: string;
  digest: string;
}

/** A row per tag; with digests a row per tag and digest of its repository; dangling images have one row without a name. */
function rowsOf(summary: ImageSummary, isWhole: boolean, hasDigest: boolean): Row[] {
  return names(summary, hasDigest).map(({ repository, tag, digest }) => ({
    ID: isWhole ? summary.Id : shortId(summary.Id),
    Repository: repository,
    Tag: tag,
    Digest: digest,
    CreatedSince: ago(summary.Created * 1000, Date.now()),
    // only when a template asks: the zone's name costs 14 ms
    get CreatedAt() {
      return goTime(summary.Created);
    },
    Size: humanSize(summary.Size, 3),
    Containers: 'N/A', // Docker's client never asks the engine to count them
    VirtualSize: humanSize(summary.VirtualSize),
    SharedSize: summary.SharedSize < 0 ? 'N/A' : humanSize(summary.SharedSize, 3),
    UniqueSize: summary.SharedSize < 0 ? 'N/A' : humanSize(summary.VirtualSize - summary.SharedSize, 3),
  }));
}

function names({ RepoTags, RepoDigests }: ImageSummary, hasDigest: boolean): ShownName[] {
  const digests = RepoDigests.map((text) => ({
    repository: text.split('@')[0]!,
    digest: text.split('@')[1] ?? NO_NAME,
  }));
  const found: ShownName[] = RepoTags.filter((text) => !text.startsWith(NO_NAME)).flatMap((text) => {
    const colon = text.lastIndexOf(':');
    const [repository, tag] = [text.slice(0, colon), text.slice(colon + 1)];
    const own = hasDigest ? digests.filter((entry) => entry.repository === repository) : [];
    return own.length === 0
      ? [{ repository, tag, digest: NO_NAME }]
      : own.map(({ digest }) => ({ repository, tag, digest }));
  });
  const tagged = new Set(found.map(({ repository }) => repository));
  for (const { repository, digest } of digests) {
    const isShown = hasDigest ? tagged.has(repository) : found.some((name) => name.repository === repository);
    if (!isShown && repository !== NO_NAME)
      found.push({ repository, tag: NO_NAME, digest: hasDigest ? digest : NO_NAME });
  }
  return found.length === 0 ? [{ repository: NO_NAME, tag: NO_NAME, digest: NO_NAME }] : found;
}
