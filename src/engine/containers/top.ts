/** Verb top: a container's processes, seen from the host. Nothing of the container is ever run for it (CVE-2022-1227). */
import { readFileSync } from 'node:fs';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { cgroupFolders, cgroupProcesses } from './cgroup.ts';
import { containerEvent } from './container-events.ts';
import { findContainer } from './records.ts';
import { restartingError } from './restarting-error.ts';

interface ProcessTable {
  Titles: string[];
  Processes: string[][];
}

/** Docker's default. */
const DEFAULT_PS_ARGS = ['-ef'];
/** 'pid=Other title' hides the column we need (daemon/top_unix.go). */
const RENAMED_PID = /(?:^|[\s,])([^\s,]*)=\s*(PID\S*)/;

/**
 * What the host's `ps` says of the container's processes; columns as `psArgs` ask, without them those of `ps -ef`.
 * Throws NOT_FOUND, CONFLICT when it does not run, INVALID_ARGUMENT for arguments ps refuses or that hide PID, UNAVAILABLE without ps.
 */
export async function top(
  ctx: Context,
  nameOrId: string,
  psArgs: string[] = [],
  { silent = false }: { silent?: boolean } = {},
): Promise<ProcessTable> {
  const record = findContainer(ctx, nameOrId);
  const { Id, State } = record;
  const notRunning = () =>
    new EngineError('CONFLICT', `Container ${Id} is not running`, {
      hint: `start it with: boxtop start ${nameOrId}`,
    });
  if (State.Restarting) throw restartingError(Id);
  if (!(State.Running || State.Paused)) throw notRunning();
  const renamed = RENAMED_PID.exec(psArgs.join(' '));
  if (renamed !== null)
    throw new EngineError('INVALID_ARGUMENT', `specifying "${renamed[1]}=${renamed[2]}" is not allowed`);
  const pids = new Set(cgroupProcesses(cgroupFolders(membershipOf(State.Pid, notRunning))));
  // `top NAME aux` hands over one word; `top NAME -o pid,comm` several, and one argument may hold spaces.
  const args = (psArgs.length > 0 ? psArgs : DEFAULT_PS_ARGS)
    .flatMap((arg) => arg.split(/\s+/))
    .filter((arg) => arg !== '');
  const table = processTable(await ps(args, pids), pids);
  if (!silent) containerEvent(ctx, record, 'top');
  return table;
}

function membershipOf(pid: number, notRunning: () => EngineError): string {
  try {
    return readFileSync(`/proc/${pid}/cgroup`, 'utf8');
  } catch {
    throw notRunning(); // it ended between the record and here
  }
}

/** As Docker, asks for these processes only; some options (f) don't go with that, and then for all (daemon/top_unix.go). */
async function ps(args: readonly string[], pids: ReadonlySet<number>): Promise<string> {
  const run = (more: readonly string[]) =>
    runCommand('ps', [...args, ...more], { allowFailure: true, timeoutMs: 10_000 });
  const own = await run([`-q${[...pids].join(',')}`]);
  const result = own.exitCode === 0 ? own : await run([]);
  if (result.exitCode === 0) return result.stdout;
  throw new EngineError(
    'INVALID_ARGUMENT',
    `ps: ${result.stderr.trim().split('\n')[0] || `exit status ${result.exitCode}`}`, // what follows is a lesson on ps
  );
}

/** Rows of the wanted processes; the last column keeps its spaces. Throws INVALID_ARGUMENT when there is no PID column. */
export function processTable(output: string, pids: ReadonlySet<number>): ProcessTable {
  const [head = '', ...lines] = output.split('\n');
  const Titles = head.trim().split(/\s+/);
  const pidColumn = Titles.indexOf('PID');
  if (pidColumn === -1) throw new EngineError('INVALID_ARGUMENT', "Couldn't find PID field in ps output");
  const Processes: string[][] = [];
  for (const line of lines) {
    const fields = line.trim().split(/\s+/);
    if (fields.length < Titles.length || !pids.has(Number(fields[pidColumn]))) continue;
    const last = Titles.length - 1;
    Processes.push([...fields.slice(0, last), fields.slice(last).join(' ')]);
  }
  return { Titles, Processes };
}
