/** boxtop history: the layers of an image. */
import type { HistoryItem } from '../../../engine/index.ts';
import { ellipsis, shortId } from '../../format/names.ts';
import { ago, humanSize } from '../../format/units.ts';
import { bool, exactly, text } from '../flags.ts';
import { printListing, type Row } from '../listing.ts';
import type { Command } from '../verb.ts';

const HEADERS = {
  ID: 'IMAGE',
  CreatedSince: 'CREATED',
  CreatedAt: 'CREATED AT',
  CreatedBy: 'CREATED BY',
  Size: 'SIZE',
  Comment: 'COMMENT',
};

export const command: Command = {
  usage: '[OPTIONS] IMAGE',
  summary: 'Show the history of an image',
  flags: [
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    { ...bool('human', 'Print sizes and dates for people', 'H'), default: 'true' },
    bool('no-trunc', "Don't shorten"),
    bool('quiet', 'Print only ids', 'q'),
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    const items = await engine().images.history(args[0]!);
    const isHuman = !flags.has('human') || flags.bool('human');
    const isWhole = flags.bool('no-trunc');
    const rows = items.map((item) => rowOf(item, isWhole, isHuman));
    const format = flags.string('format');
    if (flags.bool('quiet') && format === undefined) {
      await io.stdout.write(rows.map(({ ID }) => `${String(ID)}\n`).join(''));
      return 0;
    }
    const columns = ['ID', isHuman ? 'CreatedSince' : 'CreatedAt', 'CreatedBy', 'Size', 'Comment'];
    await printListing({ headers: HEADERS, columns, rows, type: '*formatter.historyContext' }, format, io);
    return 0;
  },
};

function rowOf(
  { Id, Created, CreatedBy, Size, Comment }: HistoryItem,
  isWhole: boolean,
  isHuman: boolean,
): Row {
  const program = CreatedBy.replaceAll('\t', ' ');
  const createdAt = new Date(Created * 1000).toISOString().replace('.000Z', 'Z');
  return {
    ID: isWhole ? Id : shortId(Id),
    CreatedSince: isHuman ? ago(Created * 1000, Date.now()) : createdAt,
    CreatedAt: createdAt,
    CreatedBy: isWhole ? program : ellipsis(program, 45),
    Size: isHuman ? humanSize(Size, 3) : String(Size),
    Comment,
  };
}
