/** What this machine lacks for tests that need the real thing. */
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';

function onPath(program: string): boolean {
  const directories = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/sbin'];
  return directories.some((directory) => existsSync(join(directory, program)));
}

const isRoot = process.getuid?.() === 0;
const missing = ['runc', 'conmon', 'busybox'].filter((program) => !onPath(program));

/** Overlay mounts, devices and owners need root. */
export const canMount: boolean = isRoot;
export const canRunContainers: boolean = isRoot && missing.length === 0;
const skipReason: string = !isRoot
  ? 'needs root'
  : missing.length > 0
    ? `needs ${missing.join(' and ')} on PATH`
    : '';

if (skipReason !== '') console.warn(`tests of real containers are skipped: ${skipReason}`);
