/** Who is attached to a monitor: it writes to one client after the other and waits for each, so that one who doesn't read stops all. */
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf } from '../errors.ts';
import { processStart } from '../state/locks.ts';
import { readPidFile } from './runtime.ts';

/** Number of write(2) (asm/unistd.h), as /proc/PID/syscall shows it of a process that waits in it. */
const WRITE_CALL: Partial<Record<NodeJS.Architecture, string>> = { x64: '1', arm64: '64' };

const CLIENT = /^(\d+)-(\d+)\.\d+$/;

let clientsMade = 0;

const folderOf = (bundle: string): string => join(bundle, 'clients');

export interface NotedClient {
  /** True while somebody else is attached to the same monitor. */
  hasOthers(): boolean;
  forget(): void;
}

/** Notes this process as attached to the monitor of `bundle`. */
export function noteClient(bundle: string): NotedClient {
  clientsMade += 1;
  const name = `${process.pid}-${processStart(process.pid)}.${clientsMade}`;
  const file = join(folderOf(bundle), name);
  try {
    mkdirSync(folderOf(bundle), { mode: 0o700 });
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' && codeOf(error) !== 'ENOENT') throw error;
  }
  try {
    writeFileSync(file, '', { mode: 0o600 });
  } catch (error) {
    if (codeOf(error) !== 'ENOENT') throw error; // it has ended, and its bundle is gone
  }
  return {
    hasOthers: () => clientsOf(bundle).some((client) => client.name !== name),
    forget: () => rmSync(file, { force: true }),
  };
}

/** Those that live; what killed ones left is removed. */
function clientsOf(bundle: string): { name: string; pid: number }[] {
  return namesIn(folderOf(bundle)).flatMap((name) => {
    const [, pid, started] = CLIENT.exec(name) ?? [];
    if (pid !== undefined && processStart(Number(pid)) === started) return [{ name, pid: Number(pid) }];
    rmSync(join(folderOf(bundle), name), { force: true });
    return [];
  });
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nobody ever was, or the bundle is gone
  }
}

/**
 * Ends clients that were stopped (SIGSTOP, Ctrl-Z) when the monitor waits for them: they would keep it, the container and all others
 * waiting, and the container's end unrecorded. Clients that run see to it themselves that nobody waits for them.
 */
export function dropStoppedClients(bundle: string): void {
  const monitor = readPidFile(join(bundle, 'conmon.pid'));
  if (monitor === undefined || !waitsInWrite(monitor)) return;
  for (const { pid } of clientsOf(bundle)) if (stateOf(pid) === 'T') endClient(pid);
}

function endClient(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error; // another process was faster
  }
}

/** Whether the process of `bundle` has ended; its monitor, when it waits for a client, can't take note of that. */
export function hasProcessEnded(bundle: string): boolean {
  const pid = readPidFile(join(bundle, 'pidfile'));
  return pid !== undefined && [undefined, 'Z', 'X'].includes(stateOf(pid));
}

function waitsInWrite(pid: number): boolean {
  const call = readText(`/proc/${pid}/syscall`).split(' ')[0];
  return call === WRITE_CALL[process.arch];
}

/** proc(5), field 3 of stat; undefined when there is no such process. */
function stateOf(pid: number): string | undefined {
  const stat = readText(`/proc/${pid}/stat`);
  return stat === '' ? undefined : stat.slice(stat.lastIndexOf(')') + 2, stat.lastIndexOf(')') + 3);
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return ''; // it has ended
  }
}
