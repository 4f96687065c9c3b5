/** --cpus, --memory, --memory-swap: values of resources (docker/cli opts). Pure. */
import { ramInBytes } from '../../format/units.ts';

/** Decimal number of CPUs → billionths. */
export function parseCpus(value: string): number {
  if (!/^[+-]?(\d*\.?\d+(e-?\d+)?|\d+\.)$/i.test(value))
    throw new Error(`failed to parse ${value} as a rational number`);
  const nano = Number(value) * 1e9;
  if (
    Math.abs(nano - Math.round(nano)) > 1e-6 * Math.max(1, Math.abs(nano)) ||
    (nano !== 0 && Math.abs(nano) < 1)
  ) {
    throw new Error('value is too precise');
  }
  return Math.round(nano);
}

/** Bytes, or -1 for no limit. */
export function parseMemorySwap(value: string): number {
  return value === '-1' ? -1 : ramInBytes(value);
}
