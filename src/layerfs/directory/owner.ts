/** Which process something belongs to, and whether that process still lives. */
import { readFileSync } from 'node:fs';

/** 'PID-START': process ids are used again, their start times are not. */
export function ownerOf(pid: number): string | undefined {
  const start = startOf(pid);
  return start === undefined ? undefined : `${pid}-${start}`;
}

let own: string | undefined;

export function ownOwner(): string {
  own ??= ownerOf(process.pid) ?? `${process.pid}-0`;
  return own;
}

/** False for text that names no process. */
export function isAlive(owner: string): boolean {
  const pid = /^([0-9]{1,10})-[0-9]+$/.exec(owner)?.[1];
  return pid !== undefined && ownerOf(Number(pid)) === owner;
}

/** Clock ticks after boot (proc(5), field 22 of stat); undefined for a process that is gone or a zombie. */
function startOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19];
  } catch {
    return undefined; // no such process
  }
}
