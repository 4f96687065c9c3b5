/** A Debian root with python3, make and a C compiler, made by debootstrap from the mirror that this machine's apt uses. */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';

const PACKAGES = ['python3', 'make', 'tcc', 'libc6-dev'];
const LEFT_OUT = [
  './dev/*',
  './proc/*',
  './sys/*',
  './var/cache/apt/archives/*.deb',
  './var/lib/apt/lists/*',
];

/** Of apt's sources, in either of their two formats. */
function mirror(): { url: string; suite: string } | undefined {
  const folder = '/etc/apt/sources.list.d';
  const names = existsSync(folder) ? readdirSync(folder).map((name) => join(folder, name)) : [];
  for (const name of ['/etc/apt/sources.list', ...names].filter(existsSync)) {
    const text = readFileSync(name, 'utf8');
    const [, url = '', suite = ''] =
      /^URIs:\s*(\S+\/debian)\/?\s*\nSuites:\s*(\w+)/m.exec(text) ??
      /^deb\s+(?:\[[^\]]*\]\s+)?(\S+\/debian)\/?\s+(\w+)\s+main/m.exec(text) ??
      [];
    if (url !== '') return { url, suite };
  }
  return undefined;
}

const debian = mirror();

export const hasDebianUserland =
  debian !== undefined && ['/usr/sbin/debootstrap', '/usr/bin/debootstrap'].some(existsSync);

/** Writes the root as a tar file. Needs root and `hasDebianUserland`. */
export function writeDebianUserland(tar: string): void {
  const folder = mkdtempSync(join(dirname(tar), 'userland-'));
  try {
    const { url, suite } = debian!;
    const include = `--include=${PACKAGES.join(',')}`;
    execFileSync('debootstrap', ['--variant=minbase', include, suite, folder, url], { stdio: 'pipe' });
    execFileSync('tar', ['-C', folder, '-cf', tar, ...LEFT_OUT.map((path) => `--exclude=${path}`), '.']);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
