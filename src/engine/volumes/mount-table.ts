/** The kernel's mount table. */
import { readFileSync } from 'node:fs';

/** Where something is mounted (proc(5) mountinfo field 5, octal escapes undone). */
export function mountPoints(): Set<string> {
  const lines = readFileSync('/proc/self/mountinfo', 'utf8').split('\n');
  return new Set(lines.map((line) => unescape(line.split(' ')[4] ?? '')));
}

function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
