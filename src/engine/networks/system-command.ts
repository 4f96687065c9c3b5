/** Runs the system's network programs, wherever the caller's PATH points. */
import { type CommandOptions, type CommandResult, runCommand } from '../command.ts';

/** Where the programs really lie comes first: netavark itself calls iptables some thirty times. */
const PATH = '/usr/sbin:/usr/bin:/sbin:/bin:/usr/local/sbin:/usr/local/bin';

/** `runCommand` with a PATH that has the sbin folders (a user's often lacks them) and nothing else of the environment. */
export function runSystem(
  file: string,
  args: readonly string[],
  options: CommandOptions = {},
): Promise<CommandResult> {
  return runCommand(file, args, { ...options, env: { PATH } });
}
