/** Keeps the linked containers' addresses in /etc/hosts of those that link to them. */
import type { Context } from '../context.ts';
import { withAddress, withHost, withoutLine } from '../networks/hosts-file.ts';
import { rewriteHosts } from '../networks/rewrite-hosts.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { endpointLinks, linkingEndpoints } from './endpoint-links.ts';
import { linking, unlink } from './links.ts';
import { hostsFile } from './paths.ts';
import { containerDocuments } from './records.ts';

/**
 * After a start: the container's new address goes to those that link to it, and addresses that changed while it was being started come
 * to itself. One transaction, so that of two starts at once neither loses the other's line.
 */
export function refreshLinkHosts(ctx: Context, record: ContainerRecord): void {
  const parents = linking(ctx, record.Id).filter(({ parent }) => parent.State.Running);
  const { Links = [] } = record;
  const peers = linkingEndpoints(ctx, record);
  const own = endpointLinks(ctx, record.NetworkSettings.Networks);
  if ([parents, Links, peers, own].every(({ length }) => length === 0)) return;
  ctx.state.write(() => {
    for (const { parent, alias } of parents) update(ctx, parent.Id, { alias, id: record.Id });
    for (const { Alias, Id } of Links) update(ctx, record.Id, { alias: Alias, id: Id });
    for (const { owner, alias, address } of peers)
      rewriteHosts(hostsFile(ctx, owner), (text) => withHost(text, alias, address));
    for (const [address, alias] of own)
      rewriteHosts(hostsFile(ctx, record.Id), (text) => withHost(text, alias, address));
  });
}

function update(ctx: Context, owner: string, { alias, id }: { alias: string; id: string }): void {
  const child = containerDocuments(ctx).get(id);
  const address = child?.NetworkSettings.Networks['bridge']?.IPAddress;
  if (child === undefined || !address) return;
  const names = `${alias} ${child.Config.Hostname}`;
  rewriteHosts(hostsFile(ctx, owner), (text) => withAddress(text, names, address));
}

/** Removes the link 'parent/alias' and its line, both containers stay. Throws as `unlink`. */
export function removeLink(ctx: Context, name: string): void {
  const { parent, child, alias } = unlink(ctx, name);
  const names = `${alias} ${child.Config.Hostname}`;
  ctx.state.write(() => rewriteHosts(hostsFile(ctx, parent.Id), (text) => withoutLine(text, names)));
}
