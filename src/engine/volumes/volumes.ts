/** Creates, lists and inspects volumes. */
import { randomBytes } from 'node:crypto';
import { chmodSync, mkdirSync } from 'node:fs';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { recordEvent } from '../state/events.ts';
import type { Filters } from '../types/images.ts';
import type { VolumeCreate, VolumeInfo } from '../types/networks.ts';
import { checkDriverOptions } from './local-driver.ts';
import {
  checkVolumeName,
  dataDir,
  findVolume,
  hasOptions,
  toInfo,
  type VolumeRecord,
  volumeDir,
  volumeDocuments,
  volumeUsers,
} from './records.ts';

const FILTERS = ['dangling', 'driver', 'label', 'name'];

/** An existing volume is returned as it is. Without a name: anonymous, 64 hex digits. Throws INVALID_ARGUMENT, NOT_FOUND (driver) in Docker's words. */
export async function create(ctx: Context, body: VolumeCreate = {}): Promise<VolumeInfo> {
  return toInfo(ctx, createVolume(ctx, body));
}

export function createVolume(
  ctx: Context,
  { Name, Driver, DriverOpts, Labels }: VolumeCreate,
  isAnonymous = !Name,
): VolumeRecord {
  const name = Name || randomBytes(32).toString('hex');
  checkVolumeName(name);
  if (Driver !== undefined && Driver !== '' && Driver !== 'local') {
    throw new EngineError(
      'NOT_FOUND',
      `create ${name}: error looking up volume plugin ${Driver}: plugin "${Driver}" not found`,
      {
        hint: 'the only volume driver is local',
      },
    );
  }
  if (hasOptions({ Options: DriverOpts ?? null })) checkDriverOptions(name, DriverOpts!);
  return ctx.state.write(() => {
    const documents = volumeDocuments(ctx);
    const present = documents.get(name);
    if (present !== undefined) {
      makeDirectories(ctx, name);
      return present;
    }
    const CreatedAt = new Date().toISOString().replace(/\.[0-9]+Z$/, 'Z');
    const record: VolumeRecord = {
      Name: name,
      Driver: 'local',
      CreatedAt,
      Labels: Labels ?? null,
      Options: DriverOpts ?? null,
      isAnonymous,
      isFilled: false,
    };
    documents.put(name, record);
    recordEvent(ctx.state, { Type: 'volume', Action: 'create', id: name, attributes: { driver: 'local' } });
    makeDirectories(ctx, name); // of a store that can't be written, the database tells best
    return record;
  });
}

/** Docker's modes: other users may pass through to a path they know, not look around (CVE-2021-41091). */
export function makeDirectories(ctx: Context, name: string): void {
  mkdirSync(ctx.paths.volumes, { recursive: true, mode: 0o701 });
  mkdirSync(volumeDir(ctx, name), { recursive: true, mode: 0o701 });
  if (mkdirSync(dataDir(ctx, name), { recursive: true }) !== undefined) chmodSync(dataDir(ctx, name), 0o755);
}

/** In the order of names. Throws INVALID_ARGUMENT for an unknown filter. */
export async function list(
  ctx: Context,
  { filters = {} }: { filters?: Filters } = {},
): Promise<VolumeInfo[]> {
  const unknown = Object.keys(filters).find((name) => !FILTERS.includes(name));
  if (unknown !== undefined) {
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${unknown}'`, {
      hint: `filters are: ${FILTERS.join(', ')}`,
    });
  }
  const users = filters['dangling'] === undefined ? undefined : volumeUsers(ctx);
  return volumeDocuments(ctx)
    .all()
    .filter((volume) => matches(volume, filters, users?.has(volume.Name) ?? false))
    .map((volume) => toInfo(ctx, volume));
}

function matches(volume: VolumeRecord, filters: Filters, isUsed: boolean): boolean {
  const any = (name: string, test: (value: string) => boolean) =>
    filters[name] === undefined || filters[name].some(test);
  return (
    any('name', (value) => volume.Name.includes(value)) &&
    any('driver', (value) => volume.Driver === value) &&
    any('dangling', (value) => isUsed !== parseBoolean(value)) &&
    (filters['label'] ?? []).every((label) => hasLabel(volume.Labels, label))
  );
}

function parseBoolean(value: string): boolean {
  if (/^(1|t|true)$/i.test(value)) return true;
  if (/^(0|f|false)$/i.test(value)) return false;
  throw new EngineError('INVALID_ARGUMENT', `Invalid filter 'dangling=[${value}]'`, {
    hint: 'dangling is true or false',
  });
}

/** 'key' or 'key=value'. */
export function hasLabel(labels: Record<string, string> | null, wanted: string): boolean {
  const [key = '', ...value] = wanted.split('=');
  const found = labels?.[key];
  return found !== undefined && (value.length === 0 || found === value.join('='));
}

/** Throws NOT_FOUND 'get X: no such volume'. */
export async function inspect(ctx: Context, name: string): Promise<VolumeInfo> {
  return toInfo(ctx, findVolume(ctx, name));
}
