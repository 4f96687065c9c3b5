/** A Debian root made of this machine's own packages: what debootstrap would fetch, without a network. */
import { execFileSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';

/** Beside what is essential to every Debian. */
const WANTED = ['base-files', 'libc-bin', 'python3', 'make', 'tcc', 'libc6-dev'];
/** Never in a program's way. */
const LEFT_OUT =
  /^\/(usr\/share\/(doc|man|locale|info|lintian|bug)|var\/(cache|log)|boot|usr\/share\/i18n)\//;
/** What the machine has as links, and folders that no package lists. */
const FOLDERS = [
  ...['/bin', '/sbin', '/lib', '/lib64', '/tmp', '/proc', '/sys', '/dev', '/etc', '/root', '/home'],
  ...['/usr/local', '/usr/local/bin', '/usr/local/lib'],
];
/** base-passwd copies them when it is configured. */
const PASSWD = 's,^usr/share/base-passwd/\\(passwd\\|group\\)\\.master$,etc/\\1,';

interface Package {
  isEssential: boolean;
  /** the alternatives of each dependency */
  needs: string[][];
}

const query = (...args: string[]) =>
  execFileSync('dpkg-query', args, { encoding: 'utf8', maxBuffer: 2 ** 28 });

/** Installed packages by their name and by what they provide. */
function installedPackages(): Map<string, { name: string; entry: Package }> {
  const format = '${Package}\t${Essential}\t${Provides}\t${Pre-Depends}, ${Depends}\t${db:Status-Status}\n';
  const found = new Map<string, { name: string; entry: Package }>();
  for (const line of query('-W', `-f=${format}`).split('\n')) {
    const [name = '', essential, provides = '', depends = '', status] = line.split('\t');
    if (status !== 'installed') continue;
    const needs = listOf(depends, ',').map((one) => listOf(one, '|').map(plain));
    const entry = { isEssential: essential === 'yes', needs };
    for (const alias of listOf(provides, ',').map(plain))
      found.set(alias, found.get(alias) ?? { name, entry });
    found.set(name, { name, entry });
  }
  return found;
}

const listOf = (text: string, mark: string) =>
  text
    .split(mark)
    .map((part) => part.trim())
    .filter(Boolean);
const plain = (dependency: string) => dependency.replace(/[\s(:].*$/, '');

/** Names of the wanted packages and all they depend on; undefined where one is missing. */
function closure(): string[] | undefined {
  const installed = installedPackages();
  const chosen = new Set<string>();
  const essential = [...installed.values()].filter(({ entry }) => entry.isEssential).map(({ name }) => name);
  const open = [...WANTED, ...essential];
  for (let name = open.pop(); name !== undefined; name = open.pop()) {
    const known = installed.get(name);
    if (known === undefined) return undefined;
    if (chosen.has(known.name)) continue;
    chosen.add(known.name);
    for (const alternatives of known.entry.needs) {
      const met = alternatives.find((one) => installed.has(one));
      if (met === undefined) return undefined;
      open.push(met);
    }
  }
  return [...chosen];
}

let names: string[] | undefined;
try {
  names = closure();
} catch {
  // no Debian
}

export const hasDebianUserland: boolean = names !== undefined;

/** Writes the root as a tar archive. */
export function writeDebianUserland(file: string): void {
  const real = new Map<string, string>();
  // /bin/sh of a package lies in /usr/bin on this machine: /bin is a link
  const placed = (path: string) => {
    const folder = dirname(path);
    if (!real.has(folder)) real.set(folder, realpathSync(folder));
    return join(real.get(folder)!, basename(path));
  };
  const paths = new Set(FOLDERS);
  for (const line of query('-L', ...names!).split('\n')) {
    if (line.startsWith('/') && line !== '/.' && !LEFT_OUT.test(`${line}/`)) {
      try {
        paths.add(placed(line));
      } catch {
        // left out when the machine was made
      }
    }
  }
  const flags = ['-C', '/', '--no-recursion', '--ignore-failed-read', '--warning=none', '--null', '-T', '-'];
  const input = [...paths]
    .sort()
    .map((path) => `${path.slice(1)}\0`)
    .join('');
  execFileSync('tar', [...flags, '--transform', PASSWD, '-cf', file], {
    input,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
}
