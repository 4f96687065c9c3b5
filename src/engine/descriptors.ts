/** Keeps files of this process out of programs that outlive it. */
import { accessSync, constants, readdirSync, readFileSync } from 'node:fs';

/** proc(5) /proc/PID/fdinfo: flags are octal, as open(2) has them. */
const CLOSE_ON_EXEC = 0o2000000;

/** Where bash lies; other shells' redirections know one digit only. */
const BASH = ['/bin/bash', '/usr/bin/bash', '/usr/local/bin/bash', '/run/current-system/sw/bin/bash'];

/**
 * Words to put before a program that is to inherit only the descriptors below `kept`: a caller's pipe or a socket that stayed open in it
 * would never come to its end. Node closes what it opens itself, and what it inherited up to the first gap above 15
 * (uv_disable_stdio_inheritance); not the sockets of native add-ons. None, when nothing else is open or there is no bash.
 */
export function closingFrom(kept: number): string[] {
  const open = readdirSync('/proc/self/fd')
    .map(Number)
    .filter((fd) => fd >= kept && isInherited(fd));
  const bash = open.length === 0 ? undefined : BASH.find(isExecutable);
  if (bash === undefined) return [];
  // without --norc bash reads ~/.bashrc where its input is a socket, as Node's pipes are: it takes that for rsh
  return [bash, '--norc', '-c', `exec ${open.map((fd) => `${fd}>&-`).join(' ')}; exec "$@"`, 'bash'];
}

function isInherited(fd: number): boolean {
  try {
    const flags = /^flags:\s*([0-7]+)/m.exec(readFileSync(`/proc/self/fdinfo/${fd}`, 'utf8'))?.[1];
    return flags !== undefined && (Number.parseInt(flags, 8) & CLOSE_ON_EXEC) === 0;
  } catch {
    return false; // it was the one that listed them
  }
}

/** True of the path of a program that may be run. */
export function isExecutable(file: string): boolean {
  if (!file.startsWith('/')) return false;
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
