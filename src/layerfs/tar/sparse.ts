/** Sparse files in tar: old GNU, PAX 0.0, 0.1 and 1.0 (GNU tar manual, "Storing Sparse Files"). */
import type { ByteReader } from './byte-reader.ts';
import { BLOCK_BYTES, type SparseRun } from './entry.ts';
import { invalidTar, parseNumber } from './header-block.ts';
import { type PaxRecord, parsePaxNumber } from './pax.ts';

/** Most runs of data a file may have: bounds memory for hostile maps (CVE-2025-58183). */
const SPARSE_RUN_LIMIT = 128 * 1024;

/** Throws DATA_LOSS unless the runs ascend, do not overlap, lie inside the file and hold `storedBytes`. */
export function checkRuns(runs: readonly SparseRun[], sizeBytes: number, storedBytes: number): void {
  let end = 0;
  let stored = 0;
  for (const run of runs) {
    if (run.offset < end || run.length < 0) throw invalidTar('invalid sparse map: runs overlap');
    end = run.offset + run.length;
    stored += run.length;
  }
  if (end > sizeBytes) throw invalidTar('invalid sparse map: data after the end of the file');
  if (stored !== storedBytes) throw invalidTar('invalid sparse map: length differs from the data');
}

/** The map of an old GNU header (type 'S'), with the extension blocks that follow it. */
export async function readOldGnuRuns(block: Buffer, reader: ByteReader): Promise<SparseRun[]> {
  const runs: SparseRun[] = [];
  collectOldGnu(block.subarray(386, 482), runs);
  for (let more = block[482] !== 0; more; ) {
    const extension = await reader.required(BLOCK_BYTES);
    collectOldGnu(extension.subarray(0, 504), runs);
    more = extension[504] !== 0;
  }
  return runs;
}

function collectOldGnu(table: Buffer, runs: SparseRun[]): void {
  for (let at = 0; at + 24 <= table.length && table[at] !== 0; at += 24) {
    add(runs, parseNumber(table, at, 12), parseNumber(table, at + 12, 12));
  }
}

/** The map of the PAX formats 0.0 (repeated offset and numbytes) and 0.1 (one list). */
export function runsOfRecords(records: readonly PaxRecord[]): SparseRun[] {
  const list = records.findLast((record) => record.key === 'GNU.sparse.map');
  const numbers = (list === undefined ? repeated(records) : list.value.toString('latin1').split(',')).map(
    parsePaxNumber,
  );
  return pair(numbers);
}

function repeated(records: readonly PaxRecord[]): string[] {
  const keys = ['GNU.sparse.offset', 'GNU.sparse.numbytes'];
  return records.filter(({ key }) => keys.includes(key)).map(({ value }) => value.toString('latin1'));
}

/** The map of PAX 1.0, which stands before the data: decimal lines, filled up to a block. Returns its size too. */
export async function readLeadingRuns(
  reader: ByteReader,
  limitBytes: number,
): Promise<{ runs: SparseRun[]; bytes: number }> {
  const numbers: number[] = [];
  let wanted: number | undefined;
  let rest = '';
  let bytes = 0;
  while (wanted === undefined || numbers.length < wanted) {
    bytes += BLOCK_BYTES;
    if (bytes > limitBytes) throw invalidTar('invalid sparse map: longer than the member');
    const lines = (rest + (await reader.required(BLOCK_BYTES)).toString('latin1')).split('\n');
    rest = lines.pop()!;
    for (const line of lines) {
      if (wanted === undefined) wanted = 2 * parsePaxNumber(line);
      else if (numbers.length < wanted) numbers.push(parsePaxNumber(line));
    }
    if ((wanted ?? 0) > 2 * SPARSE_RUN_LIMIT) throw tooMany();
  }
  return { runs: pair(numbers), bytes };
}

/** The map as PAX 1.0 stores it. */
export function formatLeadingRuns(runs: readonly SparseRun[]): Buffer {
  const text = [runs.length, ...runs.flatMap((run) => [run.offset, run.length])]
    .map((n) => `${n}\n`)
    .join('');
  const block = Buffer.alloc(Math.ceil(text.length / BLOCK_BYTES) * BLOCK_BYTES);
  block.write(text, 'latin1');
  return block;
}

function pair(numbers: readonly number[]): SparseRun[] {
  if (numbers.length % 2 !== 0) throw invalidTar('invalid sparse map: odd number of values');
  const runs: SparseRun[] = [];
  for (let i = 0; i < numbers.length; i += 2) add(runs, numbers[i]!, numbers[i + 1]!);
  return runs;
}

function add(runs: SparseRun[], offset: number, length: number): void {
  if (runs.length >= SPARSE_RUN_LIMIT) throw tooMany();
  if (!Number.isSafeInteger(offset + length)) throw invalidTar('invalid sparse map: number too large');
  runs.push({ offset, length });
}

function tooMany(): Error {
  return invalidTar(`invalid sparse map: more than ${SPARSE_RUN_LIMIT} runs`);
}
