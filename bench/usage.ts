/** What a running process has used. */
import { readFileSync } from 'node:fs';

const TICK_MS = 10; // proc(5): clock ticks of 1/100 s

/** User and system time, proc(5) stat fields 14 and 15. */
export function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
}
