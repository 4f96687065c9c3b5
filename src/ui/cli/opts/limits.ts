/** --cpus, --memory, --memory-swap: values of resources (docker/cli opts). Pure. */
import { ramInBytes } from '../../format/units.ts';

const DECIMAL = /^([+-]?)(?=\.?\d)(\d*)\.?(\d*)(?:e([+-]?\d{1,3}))?$/i;
const FRACTION = /^([+-]?)(\d+)\/(\d+)$/;

/** '1.5', '1e-1' or '1/2' CPUs → billionths, counted without rounding. */
export function parseCpus(value: string): number {
  const [, sign = '', whole = '', fraction = '', exponent = '0'] =
    DECIMAL.exec(value) ?? FRACTION.exec(value) ?? [];
  const isFraction = FRACTION.test(value);
  const divisor = isFraction ? BigInt(fraction) : 1n;
  if (!(isFraction || DECIMAL.test(value)) || divisor === 0n)
    throw new Error(`failed to parse ${value} as a rational number`);
  const power = isFraction ? 9 : 9 + Number(exponent) - fraction.length;
  const numerator = BigInt(isFraction ? whole : whole + fraction) * 10n ** BigInt(Math.max(0, power));
  const denominator = divisor * 10n ** BigInt(Math.max(0, -power));
  if (numerator % denominator !== 0n) throw new Error('value is too precise');
  const nano = Number(numerator / denominator);
  return sign === '-' && nano !== 0 ? -nano : nano;
}

/** Bytes, or -1 for no limit. */
export function parseMemorySwap(value: string): number {
  return value === '-1' ? -1 : ramInBytes(value);
}
