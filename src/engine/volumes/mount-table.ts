/** The kernel's mount table. */
import { readFileSync } from 'node:fs';

/** Where something is mounted (proc(5) mountinfo field 5, octal escapes undone). */
export function mountPoints(): Set<string> {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return new Set(lines.map((line) => unescape(line.split(' ')[4] ?? '')));
}

/** The mount that holds a path, and whether what is mounted in it later reaches other mounts ('shared', 'slave'). Undefined: none does. */
export function mountHolding(
  path: string,
): { point: string; isShared: boolean; isSlave: boolean } | undefined {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n').filter(Boolean);
  const mounts = lines.map((line) => {
    const fields = line.split(' ');
    const optional = fields.slice(6, fields.indexOf('-'));
    const has = (tag: string) => optional.some((field) => field.startsWith(`${tag}:`));
    return { point: unescape(fields[4] ?? ''), isShared: has('shared'), isSlave: has('master') };
  });
  const holders = mounts.filter(
    ({ point }) => path === point || path.startsWith(`${point.replace(/\/$/, '')}/`),
  );
  // of several at one place the last lies on top
  return holders.reduceRight<(typeof holders)[number] | undefined>(
    (best, mount) => (best !== undefined && best.point.length >= mount.point.length ? best : mount),
    undefined,
  );
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
