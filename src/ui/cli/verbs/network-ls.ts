/** boxtop network ls: list networks. */

import { shortId } from '../../format/names.ts';
import { listFormat } from '../client-config.ts';
import { bool, list, NONE, text } from '../flags.ts';
import { labelFields, printListing } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import type { Command } from '../verb.ts';

const HEADERS = {
  ID: 'NETWORK ID',
  Name: 'NAME',
  Driver: 'DRIVER',
  Scope: 'SCOPE',
  IPv6: 'IPV6',
  Internal: 'INTERNAL',
  Labels: 'LABELS',
  CreatedAt: 'CREATED AT',
  Label: 'LABEL',
};

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'List networks',
  flags: [
    {
      ...list('filter', "Show only what fits the condition (e.g. 'driver=bridge')", 'f'),
      word: 'filter',
      check: checkFilter,
    },
    text('format', 'Print with a Go template, "table TEMPLATE" or "json"'),
    bool('no-trunc', "Don't shorten"),
    bool('quiet', 'Print only ids', 'q'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const networks = await engine().networks.list({ filters: filters(flags.list('filter')) });
    const rows = networks.map((network) => ({
      ID: flags.bool('no-trunc') ? network.Id : shortId(network.Id),
      Name: network.Name,
      Driver: network.Driver,
      Scope: network.Scope,
      IPv6: String(network.EnableIPv6),
      Internal: String(network.Internal),
      ...labelFields(network.Labels),
      CreatedAt: network.Created.replace('T', ' ').replace(/Z$/, ' +0000 UTC'),
    }));
    const format = await listFormat(flags, 'networksFormat', engine(), io);
    if (flags.bool('quiet') && format === undefined) {
      await io.stdout.write(rows.map(({ ID }) => `${ID}\n`).join(''));
      return 0;
    }
    const columns = ['ID', 'Name', 'Driver', 'Scope'];
    await printListing({ headers: HEADERS, columns, rows, type: '*network.networkContext' }, format, io);
    return 0;
  },
};
