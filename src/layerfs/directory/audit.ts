/** Compares what the store's records say with what lies on the disk. */
import { lstatSync, readdirSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import type { StoreAudit, StoreFault } from '../store.ts';
import { areaPaths, findArea, listAreas } from './areas.ts';
import { holdersOf } from './holders.ts';
import { LINK_DIGITS, linkLayer, readLayerRecord } from './layers.ts';
import { areaPath, type Layout } from './layout.ts';
import { isMounted } from './mounts.ts';
import { isAlive } from './owner.ts';

/** See LayerStore.audit. */
export function auditStore(layout: Layout, repair: boolean): StoreAudit {
  const layers = readdirSync(layout.layers).filter((name) => /^[0-9a-f]{64}$/.test(name));
  const faults = [
    ...layers.flatMap((hex) => layerFaults(layout, hex, repair)),
    ...listAreas(layout).flatMap((key) => areaFaults(layout, key)),
  ];
  const areas = listAreas(layout).map((key) => ({
    key,
    isMounted: isMounted(join(areaPath(layout, key), 'root')),
    holders: quietly(() => holdersOf(areaPath(layout, key))) ?? [],
    isCreatorAlive: isAlive(quietly(() => findArea(layout, key)?.owner) ?? ''),
  }));
  return { faults, areas };
}

function layerFaults(layout: Layout, hex: string, repair: boolean): StoreFault[] {
  const name = `sha256:${hex}`;
  const fault = (message: string, isRepaired = false): StoreFault => ({
    kind: 'layer',
    name,
    message,
    isRepairable: message === NO_LINK,
    isRepaired,
  });
  const record = quietly(() => readLayerRecord(layout, name));
  if (record === undefined)
    return isDirectory(join(layout.layers, hex)) ? [fault('its record is missing or damaged')] : [];
  if (record.diffId !== name) return [fault(`its record is another layer's, ${record.diffId}`)];
  if (!isDirectory(join(layout.layers, hex, 'diff'))) return [fault('its files are missing')];
  if (hasLink(layout, hex)) return [];
  if (!repair) return [fault(NO_LINK)];
  linkLayer(layout, name);
  return [fault(NO_LINK, true)];
}

const NO_LINK = 'its short name, which mounts use, is missing';

function hasLink(layout: Layout, hex: string): boolean {
  for (let digits = LINK_DIGITS; digits <= hex.length; digits++) {
    const target = quietly(() => readlinkSync(join(layout.links, hex.slice(0, digits))));
    if (target === undefined) return false;
    if (target === `../layers/${hex}/diff`) return true;
  }
  return false;
}

function areaFaults(layout: Layout, key: string): StoreFault[] {
  const fault = (message: string): StoreFault[] => [
    { kind: 'area', name: key, message, isRepairable: false, isRepaired: false },
  ];
  const paths = quietly(() => areaPaths(layout, key));
  if (paths === undefined)
    return isDirectory(areaPath(layout, key)) ? fault('its record is missing or damaged') : [];
  if (!isDirectory(paths.upper) || !isDirectory(paths.work)) return fault('its files are missing');
  // of layers their own faults tell
  const own = paths.lower.filter((path) => path.startsWith(`${areaPath(layout, key)}/`));
  return own.every(isDirectory) ? [] : fault('its fixtures are missing');
}

const isDirectory = (path: string): boolean =>
  lstatSync(path, { throwIfNoEntry: false })?.isDirectory() === true;

/** What can't be read is as good as missing here. */
function quietly<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch {
    return undefined;
  }
}
