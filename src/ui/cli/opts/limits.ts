/** --cpus, --memory, --memory-swap, --device: values of resources (docker/cli opts). Pure. */
import type { DeviceMapping } from '../../../engine/index.ts';
import { ramInBytes } from '../../format/units.ts';

/** Decimal number of CPUs → billionths. */
export function parseCpus(value: string): number {
  if (!/^\d*\.?\d+(e-?\d+)?$|^\d+\.$/i.test(value))
    throw new Error(`failed to parse ${value} as a rational number`);
  const nano = Number(value) * 1e9;
  if (Math.abs(nano - Math.round(nano)) > 1e-6 * Math.max(1, nano) || (nano > 0 && nano < 1)) {
    throw new Error('value is too precise');
  }
  return Math.round(nano);
}

/** Bytes, or -1 for no limit. */
export function parseMemorySwap(value: string): number {
  return value === '-1' ? -1 : ramInBytes(value);
}

/** 'path[:path in the container][:rwm]' */
export function parseDevice(value: string): DeviceMapping {
  const parts = value.split(':');
  const [PathOnHost = '', second, third] = parts;
  const isMode = (text: string | undefined) => text !== undefined && /^[rwm]{1,3}$/.test(text);
  if (PathOnHost === '' || parts.length > 3 || (third !== undefined && !isMode(third))) {
    throw new Error(`invalid device specification: ${value}`);
  }
  if (parts.length === 2 && isMode(second))
    return { PathOnHost, PathInContainer: PathOnHost, CgroupPermissions: second! };
  return { PathOnHost, PathInContainer: second || PathOnHost, CgroupPermissions: third ?? 'rwm' };
}
