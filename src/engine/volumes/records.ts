/** Volume records in the database, and where a volume's files lie. */
import { join } from 'node:path';
import { containerDocuments } from '../containers/records.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { sortedMap } from '../sorted-map.ts';
import { openDocuments } from '../state/documents.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { VolumeInfo } from '../types/networks.ts';

/** Record of a volume (kind 'volume', by name). */
export interface VolumeRecord {
  Name: string;
  Driver: 'local';
  /** RFC 3339 */
  CreatedAt: string;
  Labels: Record<string, string> | null;
  Options: Record<string, string> | null;
  isAnonymous: boolean;
  /** an image's content was copied in: never again, even when it is empty (CVE-2020-1726) */
  isFilled: boolean;
}

/** Docker's rule (volume/local); it also makes a name one path component that is neither '.' nor '..'. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const NAME_MAX_BYTES = 255;

export const volumeDocuments = (ctx: Context) => openDocuments<VolumeRecord>(ctx.state, 'volume');

/** Held while a volume is filled, mounted or removed. */
export const volumeLock = (name: string): string => `volume:${name}`;

export const volumeDir = (ctx: Context, name: string): string => join(ctx.paths.volumes, name);
/** The files of the volume themselves. */
export const dataDir = (ctx: Context, name: string): string => join(volumeDir(ctx, name), '_data');

/** Throws INVALID_ARGUMENT in Docker's words. */
export function checkVolumeName(name: string): void {
  if (name.length === 1) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `create ${name}: volume name is too short, names should be at least two alphanumeric characters`,
      {
        hint: 'choose a longer name',
      },
    );
  }
  if (!NAME.test(name) || name.length > NAME_MAX_BYTES) {
    const rule = `"${name}" includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed.`;
    throw new EngineError(
      'INVALID_ARGUMENT',
      `create ${name}: ${rule} If you intended to pass a host directory, use absolute path`,
      {
        hint: `choose another name (${NAME_MAX_BYTES} characters at most), or give an absolute path`,
      },
    );
  }
}

/** Throws NOT_FOUND in Docker's words. */
export function findVolume(ctx: Context, name: string): VolumeRecord {
  const record = volumeDocuments(ctx).get(name);
  if (record === undefined) {
    throw new EngineError('NOT_FOUND', `get ${name}: no such volume`, {
      hint: 'list them with: boxtop volume ls',
    });
  }
  return record;
}

/** Volumes with driver options are mounted by us; the others are folders. Docker tells no options (null) from none given ({}). */
export const hasOptions = ({ Options }: Pick<VolumeRecord, 'Options'>): boolean =>
  Options !== null && Object.keys(Options).length > 0;

export function toInfo(ctx: Context, { Name, Driver, CreatedAt, Labels, Options }: VolumeRecord): VolumeInfo {
  return {
    CreatedAt,
    Driver,
    Labels: Labels && sortedMap(Labels),
    Mountpoint: dataDir(ctx, Name),
    Name,
    Options: Options && sortedMap(Options),
    Scope: 'local',
  };
}

/** Volume name → containers (running or not) that have it among their mounts. */
export function volumeUsers(ctx: Context): Map<string, ContainerRecord[]> {
  const users = new Map<string, ContainerRecord[]>();
  for (const container of containerDocuments(ctx).all()) {
    const names = new Set(container.Mounts.flatMap(({ Name }) => (Name === undefined ? [] : [Name])));
    for (const name of names) users.set(name, [...(users.get(name) ?? []), container]);
  }
  return users;
}
