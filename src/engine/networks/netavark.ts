/** Runs netavark, which makes bridges, veth pairs, NAT and port rules. */
import { existsSync, mkdirSync } from 'node:fs';
import { runCommand } from '../command.ts';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { NetavarkInput } from './netavark-input.ts';

/** Distributions put the helpers outside of PATH. */
const HELPER_DIRS = [
  '/usr/lib/podman',
  '/usr/libexec/podman',
  '/usr/local/libexec/podman',
  '/usr/local/lib/podman',
];

const TIMEOUT_MS = 60_000;

/**
 * Throws UNAVAILABLE when netavark is missing, INTERNAL with its own words when it fails.
 * `setup` is not idempotent; `teardown` of what is half there removes what it finds and then fails.
 */
export async function runNetavark(
  ctx: Context,
  verb: 'setup' | 'teardown',
  input: NetavarkInput,
  netnsPath: string,
): Promise<void> {
  mkdirSync(ctx.paths.networks, { recursive: true, mode: 0o700 });
  const args = ['--config', ctx.paths.networks, '-a', helper('aardvark-dns'), verb, netnsPath];
  const result = await runCommand(helper('netavark'), args, {
    input: JSON.stringify(input),
    timeoutMs: TIMEOUT_MS,
    leavesProcess: verb === 'setup', // the name server
    allowFailure: true,
  });
  if (result.exitCode === 0) return;
  throw new EngineError(
    'INTERNAL',
    `network ${verb} of container ${input.container_id.slice(0, 12)}: ${reason(result.stdout, result.stderr)}`,
    {
      hint: 'see what is wrong with: boxtop system check',
    },
  );
}

function helper(name: string): string {
  const dir = HELPER_DIRS.find((candidate) => existsSync(`${candidate}/${name}`));
  return dir === undefined ? name : `${dir}/${name}`;
}

/** netavark prints {"error": "…"} on its standard output. */
function reason(stdout: string, stderr: string): string {
  try {
    const { error } = JSON.parse(stdout) as { error?: unknown };
    if (typeof error === 'string') return error;
  } catch {
    // not JSON: what it printed is the reason
  }
  return (stderr.trim() || stdout.trim() || 'netavark failed').slice(-1000);
}
