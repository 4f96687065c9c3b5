/** PAX extended headers (POSIX pax, "pax Extended Header"): records 'LENGTH KEY=VALUE\n'. */
import { invalidTar } from './header-block.ts';

/** Most bytes one extended header or long name may have (Go's archive/tar has the same limit; CVE-2025-58183). */
export const SPECIAL_MEMBER_LIMIT_BYTES = 1024 * 1024;

export interface PaxRecord {
  key: string;
  value: Buffer;
}

/** In the archive's order, duplicates kept: GNU sparse 0.0 repeats its keys. Throws DATA_LOSS. */
export function parsePaxRecords(data: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < data.length && data[at] !== 0; ) {
    const space = data.indexOf(0x20, at);
    const digits = space === -1 || space - at > 9 ? '' : data.toString('latin1', at, space);
    const end = at + Number(digits);
    if (!/^[1-9][0-9]*$/.test(digits) || end > data.length || end <= space + 1 || data[end - 1] !== 0x0a)
      throw invalidTar('invalid PAX header: bad record length');
    const equals = data.indexOf(0x3d, space + 1);
    if (equals === -1 || equals >= end || equals === space + 1)
      throw invalidTar('invalid PAX header: no key');
    records.push({
      key: data.toString('utf8', space + 1, equals),
      value: data.subarray(equals + 1, end - 1),
    });
    at = end;
  }
  return records;
}

export function formatPaxRecord(key: string, value: Buffer | string): Buffer {
  const bytes = Buffer.isBuffer(value) ? value : Buffer.from(value, 'utf8');
  const body = Buffer.concat([Buffer.from(` ${key}=`, 'utf8'), bytes, Buffer.of(0x0a)]);
  let length = body.length + 1;
  while (String(length).length + body.length !== length) length = String(length).length + body.length;
  return Buffer.concat([Buffer.from(String(length), 'latin1'), body]);
}

/** A PAX time ('1700000000.25', also negative) in nanoseconds. Throws DATA_LOSS. */
export function parsePaxTime(value: string): bigint {
  const match = /^(-?)([0-9]{1,15})(?:\.([0-9]*))?$/.exec(value);
  if (match === null) throw invalidTar(`invalid PAX header: time ${JSON.stringify(value.slice(0, 40))}`);
  const fraction = (match[3] ?? '').slice(0, 9).padEnd(9, '0');
  const ns = BigInt(match[2]!) * 1_000_000_000n + BigInt(fraction);
  return match[1] === '-' ? -ns : ns;
}

/** The inverse of `parsePaxTime`. */
export function formatPaxTime(ns: bigint): string {
  const magnitude = ns < 0n ? -ns : ns;
  const fraction = String(magnitude % 1_000_000_000n)
    .padStart(9, '0')
    .replace(/0+$/, '');
  const seconds = `${ns < 0n ? '-' : ''}${magnitude / 1_000_000_000n}`;
  return fraction === '' ? seconds : `${seconds}.${fraction}`;
}

/** A decimal number of a PAX record. Throws DATA_LOSS when it is none, negative or too large. */
export function parsePaxNumber(value: string): number {
  const number = /^[0-9]{1,16}$/.test(value) ? Number(value) : Number.NaN;
  if (!Number.isSafeInteger(number))
    throw invalidTar(`invalid PAX header: number ${JSON.stringify(value.slice(0, 40))}`);
  return number;
}
