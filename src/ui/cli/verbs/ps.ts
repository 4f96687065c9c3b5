/** boxtop ps: list containers. */
import type { ContainerSummary } from '../../../engine/index.ts';
import { ellipsis, goQuote, shortId, shortImage } from '../../format/names.ts';
import { portsText } from '../../format/ports.ts';
import { goTime } from '../../format/times.ts';
import { ago, humanSize } from '../../format/units.ts';
import { listFormat } from '../client-config.ts';
import { bool, type FlagValues, int, list, NONE, text } from '../flags.ts';
import { labelFields, printListing, type Row } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import type { Command } from '../verb.ts';

const HEADERS = {
  ID: 'CONTAINER ID',
  Image: 'IMAGE',
  Command: 'COMMAND',
  CreatedAt: 'CREATED AT',
  RunningFor: 'CREATED',
  Status: 'STATUS',
  Ports: 'PORTS',
  Names: 'NAMES',
  Size: 'SIZE',
  State: 'STATE',
  Labels: 'LABELS',
  Label: 'LABEL',
  Mounts: 'MOUNTS',
  LocalVolumes: 'LOCAL VOLUMES',
  Networks: 'NETWORKS',
};
const COLUMNS = ['ID', 'Image', 'Command', 'RunningFor', 'Status', 'Ports', 'Names'];

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'List containers',
  flags: [
    bool('all', 'Show all containers (default shows just running)', 'a'),
    { ...list('filter', 'Show only what fits the condition', 'f'), word: 'filter', check: checkFilter },
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    { ...int('last', 'Show the n newest containers, running or not', 'n'), default: '-1' },
    bool('latest', 'Show the newest container, running or not', 'l'),
    bool('no-trunc', "Don't shorten"),
    bool('quiet', 'Print only ids', 'q'),
    bool('size', 'Show the size of what was written', 's'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const limit = flags.bool('latest') ? 1 : (flags.int('last') ?? -1);
    const given = await listFormat(flags, 'psFormat', engine(), io);
    const format = given === 'raw' ? rawFormat(flags) : given;
    const hasSize =
      flags.bool('size') || (format !== undefined && /\.Size\b|json \.\s*\}|^json$/.test(format));
    const summaries = await engine().containers.list({
      all: flags.bool('all') || limit > 0,
      size: hasSize,
      filters: filters(flags.list('filter')),
      ...(limit > 0 && { limit }),
    });
    const isWhole = flags.bool('no-trunc');
    if (flags.bool('quiet') && format === undefined) {
      await io.stdout.write(summaries.map(({ Id }) => `${isWhole ? Id : shortId(Id)}\n`).join(''));
      return 0;
    }
    const rows = summaries.map((summary) => rowOf(summary, isWhole));
    const columns = flags.bool('size') ? [...COLUMNS, 'Size'] : COLUMNS;
    await printListing({ headers: HEADERS, columns, rows, type: '*formatter.ContainerContext' }, format, io);
    return 0;
  },
};

/** Docker's `--format raw`: a line a field. */
function rawFormat(flags: FlagValues): string {
  if (flags.bool('quiet')) return 'container_id: {{.ID}}';
  const padded = ['State', 'Status'].map((name) => `${name.toLowerCase()}: {{- pad .${name} 1 0}}`);
  const last = ['Labels', 'Ports'].map((name) => `${name.toLowerCase()}: {{- pad .${name} 1 0}}`);
  return [
    'container_id: {{.ID}}',
    'image: {{.Image}}',
    'command: {{.Command}}',
    'created_at: {{.CreatedAt}}',
    ...padded,
    'names: {{.Names}}',
    ...last,
    ...(flags.bool('size') ? ['size: {{.Size}}'] : []),
    '',
  ].join('\n');
}

/** Every field a template may name. */
export function rowOf(summary: ContainerSummary, isWhole: boolean): Row {
  const { Id, Names, Command: program, Created, Labels, Mounts } = summary;
  return {
    ID: isWhole ? Id : shortId(Id),
    Image: isWhole && summary.Image !== '' ? summary.Image : shortImage(summary),
    Command: goQuote(isWhole ? program : ellipsis(program, 20)),
    // only when a template asks: the zone's name costs 14 ms
    get CreatedAt() {
      return goTime(Created);
    },
    RunningFor: ago(Created * 1000, Date.now()),
    Status: summary.Status,
    State: summary.State,
    Ports: portsText(summary.Ports),
    Names: namesText(Names, isWhole),
    Size: sizeText(summary),
    ...labelFields(Labels),
    Mounts: Mounts.map(({ Name, Source }) =>
      isWhole ? (Name ?? Source) : ellipsis(Name ?? Source, 15),
    ).join(','),
    LocalVolumes: String(Mounts.filter(({ Driver }) => Driver === 'local').length),
    Networks: Object.keys(summary.NetworkSettings.Networks).sort().join(','),
  };
}

/** With --no-trunc also those that links give it, '/parent/alias'. */
const namesText = (names: readonly string[], isWhole: boolean): string =>
  names
    .map((name) => name.replace(/^\//, ''))
    .filter((name) => isWhole || !name.includes('/'))
    .sort()
    .join(',');

function sizeText({ SizeRw = 0, SizeRootFs = 0 }: ContainerSummary): string {
  const written = humanSize(SizeRw, 3);
  return SizeRootFs > 0 ? `${written} (virtual ${humanSize(SizeRootFs, 3)})` : written;
}
