/** boxtop volume ls: list volumes. */
import { listFormat } from '../client-config.ts';
import { bool, list, NONE, text } from '../flags.ts';
import { labelFields, printListing } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import type { Command } from '../verb.ts';

const HEADERS = {
  Driver: 'DRIVER',
  Name: 'VOLUME NAME',
  Scope: 'SCOPE',
  Mountpoint: 'MOUNTPOINT',
  Labels: 'LABELS',
  Links: 'LINKS',
  Size: 'SIZE',
  Label: 'LABEL',
};

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'List volumes',
  flags: [
    {
      ...list('filter', "Show only what fits the condition (e.g. 'dangling=true')", 'f'),
      word: 'filter',
      check: checkFilter,
    },
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    bool('quiet', 'Print only names', 'q'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const volumes = await engine().volumes.list({ filters: filters(flags.list('filter')) });
    const format = await listFormat(flags, 'volumesFormat', engine(), io);
    if (flags.bool('quiet') && format === undefined) {
      await io.stdout.write(volumes.map(({ Name }) => `${Name}\n`).join(''));
      return 0;
    }
    const rows = volumes.map(({ Name, Driver, Scope, Mountpoint, Labels }) => ({
      Driver,
      Name,
      Scope,
      Mountpoint,
      ...labelFields(Labels),
      Links: 'N/A',
      Size: 'N/A',
    }));
    await printListing(
      { headers: HEADERS, columns: ['Driver', 'Name'], rows, type: '*formatter.volumeContext' },
      format,
      io,
    );
    return 0;
  },
};
