/** Links (`--link`) on the default bridge: the linked container has the further name 'parent/alias' while both are there. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { ContainerLink, ContainerRecord } from '../types/containers.ts';
import { type LinkTarget, linkVariables } from './link-environment.ts';
import { containerDocuments, containerNames, findContainer, updateContainer } from './records.ts';

const CONTAINER = 'container:';

/**
 * 'name[:alias]' of `HostConfig.Links` → what is linked; of two with one alias the first counts (moby registerLinks). Throws NOT_FOUND,
 * or INVALID_ARGUMENT for one on the host's network, in Docker's words.
 */
export function resolveLinks(ctx: Context, given: readonly string[]): ContainerLink[] {
  const links = new Map<string, ContainerLink>();
  for (const text of given) {
    const [name = '', alias = name, ...more] = text.split(':');
    if (more.length > 0 || !/^[^\s/#]+$/.test(alias))
      throw invalid(`bad format for links: ${text}`, 'write it like name:alias');
    const { Id, HostConfig } = ownerOfNetwork(ctx, name);
    if (HostConfig.NetworkMode === 'host')
      throw invalid(
        "conflicting options: host type networking can't be used with links. This would result in undefined behavior",
      );
    if (!links.has(alias)) links.set(alias, { Id, Alias: alias });
  }
  return [...links.values()];
}

/** The container, or the one whose network it shares. */
function ownerOfNetwork(ctx: Context, name: string): ContainerRecord {
  try {
    if (name === '') throw new EngineError('INVALID_ARGUMENT', 'invalid name or ID supplied: ""');
    let record = findContainer(ctx, name);
    for (let mode = record.HostConfig.NetworkMode; mode?.startsWith(CONTAINER); ) {
      record = findContainer(ctx, mode.slice(CONTAINER.length));
      mode = record.HostConfig.NetworkMode;
    }
    return record;
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { hint, message, code } = error;
    throw new EngineError(code, `could not get container for ${name}: ${message}`, { hint, exitCode: 125 });
  }
}

const invalid = (message: string, hint?: string) =>
  new EngineError('INVALID_ARGUMENT', message, { hint, exitCode: 125 });

/** Names the linked containers; in the transaction that records the parent. Throws NOT_FOUND when one was removed meanwhile. */
export function claimLinks(ctx: Context, { Name, Links = [] }: ContainerRecord): void {
  for (const { Id, Alias } of Links) {
    if (containerDocuments(ctx).get(Id) === undefined)
      throw new EngineError('NOT_FOUND', `No such container: ${Id}`, { exitCode: 125 });
    containerNames(ctx).claim(`${Name}/${Alias}`, Id);
  }
}

/** The names that a container gave away follow its own; in the transaction that renames it. */
export function renameLinks(ctx: Context, { Name, Links = [] }: ContainerRecord, newName: string): void {
  const names = containerNames(ctx);
  for (const { Id, Alias } of Links) {
    if (names.get(`${Name}/${Alias}`) !== Id) continue; // removed
    names.release(`${Name}/${Alias}`);
    names.claim(`${newName}/${Alias}`, Id);
  }
}

/**
 * Takes back the names a container gave away, and lets those who link to it remember its name, as Docker's inspect goes on telling it. In
 * the transaction that removes it.
 */
export function dropLinks(ctx: Context, record: ContainerRecord): void {
  const names = containerNames(ctx);
  for (const { Id, Alias } of record.Links ?? []) {
    const name = `${record.Name}/${Alias}`;
    if (names.get(name) === Id) names.release(name);
  }
  for (const { parent, alias } of linking(ctx, record.Id)) {
    updateContainer(ctx, parent.Id, ({ Links = [] }) => {
      for (const link of Links) if (link.Alias === alias) link.Name = record.Name;
    });
  }
}

/** The containers that link to this one, and what they call it. */
export function linking(ctx: Context, id: string): { parent: ContainerRecord; alias: string }[] {
  const names = containerNames(ctx);
  return names.namesOf(id).flatMap((name) => {
    const [parentName = '', alias] = name.split('/');
    const parent = alias === undefined ? undefined : names.get(parentName);
    const record = parent === undefined ? undefined : containerDocuments(ctx).get(parent);
    return alias === undefined || record === undefined ? [] : [{ parent: record, alias }];
  });
}

/**
 * Removes the link 'parent/alias', both containers stay; returns the parent as it was. Throws NOT_FOUND, or CONFLICT for a container's own
 * name, in Docker's words (moby daemon/delete.go rmLink).
 */
export function unlink(
  ctx: Context,
  given: string,
): { parent: ContainerRecord; child: ContainerRecord; alias: string } {
  const name = given.replace(/^\/+/, '');
  return ctx.state.write(() => {
    const child = findContainer(ctx, name);
    const found = linking(ctx, child.Id).find(({ parent, alias }) => `${parent.Name}/${alias}` === name);
    if (found === undefined)
      throw new EngineError('CONFLICT', 'Conflict, cannot remove the default link name of the container', {
        hint: 'use boxtop rename to give it another name',
      });
    containerNames(ctx).release(name);
    updateContainer(ctx, found.parent.Id, (record) => {
      record.Links = (record.Links ?? []).filter(({ Alias }) => Alias !== found.alias);
    });
    return { ...found, child };
  });
}

/** '/child:/parent/alias' of each, as inspect tells them; undefined without any. */
export function linkTexts(ctx: Context, { Name, Links = [] }: ContainerRecord): string[] | undefined {
  const texts = Links.map((link) => `/${nameOf(ctx, link)}:/${Name}/${link.Alias}`);
  return texts.length === 0 ? undefined : texts;
}

const nameOf = (ctx: Context, { Id, Name }: ContainerLink): string =>
  Name ?? containerDocuments(ctx).get(Id)?.Name ?? Id;

/** What a start tells of the linked containers. Throws CONFLICT in Docker's words when one does not run, or is on no bridge. */
export function linkTargets(ctx: Context, record: ContainerRecord): LinkTarget[] {
  return (record.Links ?? []).map((link) => {
    const target = targetOf(ctx, link);
    if (typeof target !== 'string') return target;
    const names = `/${nameOf(ctx, link)} AS /${record.Name}/${link.Alias}`;
    const message =
      target === 'not running'
        ? `Cannot link to a non running container: ${names}`
        : `Cannot link to /${nameOf(ctx, link)}, as it does not belong to the default network`;
    const hint = target === 'not running' ? `start it with: boxtop start ${nameOf(ctx, link)}` : undefined;
    throw new EngineError('CONFLICT', message, { hint, exitCode: 125 });
  });
}

/** The same variables for an exec; of those that do not run just now there are none. */
export function currentLinkVariables(ctx: Context, record: ContainerRecord): string[] {
  return (record.Links ?? []).flatMap((link) => {
    const target = targetOf(ctx, link);
    return typeof target === 'string' ? [] : linkVariables(record.Name, target);
  });
}

function targetOf(ctx: Context, { Id, Alias }: ContainerLink): LinkTarget | 'not running' | 'not there' {
  const child = containerDocuments(ctx).get(Id);
  if (child?.State.Running !== true) return 'not running';
  const address = child.NetworkSettings.Networks['bridge']?.IPAddress;
  if (!address) return 'not there';
  const { Hostname = '', Env = [], ExposedPorts = {} } = child.Config;
  return {
    id: Id,
    alias: Alias,
    name: child.Name,
    hostname: Hostname,
    address,
    env: Env,
    ports: Object.keys(ExposedPorts),
  };
}

/** Names of linked containers beside their own, by id: '/parent/alias'. One read of the database. */
export function linkNames(ctx: Context): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const { name, id } of containerNames(ctx).all())
    if (name.includes('/')) found.set(id, [...(found.get(id) ?? []), name]);
  return found;
}
