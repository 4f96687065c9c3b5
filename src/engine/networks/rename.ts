/** Gives a running container its new name on its networks. */
import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';
import { withLock } from '../state/locks.ts';
import { netavarkName } from './netavark-input.ts';
import { allNetworks, NETWORK_LOCK, sandboxDocuments } from './records.ts';

/** Columns of aardvark-dns' files: id, IPv4, IPv6 (empty), names, servers. */
const NAMES = 3;

/** Docker: others find it by the new name from now on, no longer by the old one. */
export async function renameOnNetworks(
  ctx: Context,
  id: string,
  names: { from: string; to: string },
): Promise<void> {
  if (sandboxDocuments(ctx).get(id) === undefined) return;
  await withLock(ctx.state, NETWORK_LOCK, async () => {
    const sandbox = sandboxDocuments(ctx).get(id);
    if (sandbox === undefined) return; // it has ended
    const endpoints = sandbox.endpoints.map((endpoint) => ({ ...endpoint, name: names.to }));
    sandboxDocuments(ctx).put(id, { ...sandbox, endpoints });
    const joined = new Set(endpoints.map(({ networkId }) => networkId));
    const named = allNetworks(ctx).filter(({ Id, hasDns }) => hasDns && joined.has(Id));
    const folder = join(ctx.paths.networks, 'aardvark-dns');
    const changed = named.map((network) => renameLine(join(folder, netavarkName(network)), id, names));
    if (changed.includes(true)) reload(folder);
  });
}

/** The name server's file has a line a container: its id, addresses, and names joined by commas, of which the first is its own. */
function renameLine(file: string, id: string, { from, to }: { from: string; to: string }): boolean {
  const text = readOrEmpty(file);
  const changed = text
    .split('\n')
    .map((line) => {
      if (!line.startsWith(`${id} `)) return line;
      return line
        .split(' ')
        .map((word, column) =>
          column === NAMES && (word === from || word.startsWith(`${from},`))
            ? to + word.slice(from.length)
            : word,
        )
        .join(' ');
    })
    .join('\n');
  if (changed === text) return false;
  writeFileSync(`${file}.new`, changed);
  renameSync(`${file}.new`, file);
  return true;
}

/** The server reads its files again at SIGHUP. Its pid may be another process's by now. */
function reload(folder: string): void {
  const pid = Number.parseInt(readOrEmpty(join(folder, 'aardvark.pid')), 10);
  if (!Number.isInteger(pid) || !readOrEmpty(`/proc/${pid}/cmdline`).split('\0').includes(folder)) return;
  process.kill(pid, 'SIGHUP');
}

function readOrEmpty(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (codeOf(error) === 'ENOENT' || codeOf(error) === 'ESRCH') return '';
    throw error;
  }
}
