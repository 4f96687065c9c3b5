/** boxtop login: check credentials with a registry and keep them. */
import { text as readAll } from 'node:stream/consumers';
import { atMost, bool, type FlagValues, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

const DOCKER_HUB = 'https://index.docker.io/v1/';

export const command: Command = {
  usage: '[OPTIONS] [SERVER]',
  summary: 'Log in to a registry',
  flags: [
    text('password', 'Password', 'p'),
    bool('password-stdin', 'Take the password from stdin'),
    text('username', 'Username', 'u'),
  ],
  arity: atMost(1),
  async run({ flags, args }, engine, io) {
    checkFlags(flags);
    if (flags.has('password')) {
      await io.stderr.write('WARNING! Using --password via the CLI is insecure. Use --password-stdin.\n');
    }
    const server = args[0] ?? DOCKER_HUB;
    const username = flags.string('username') || (await io.ask('Username: ')).trim();
    if (username === '') throw new PlainError('Error: Non-null Username Required');
    const password = await readPassword(flags, io);
    if (password === '') throw new PlainError('Error: Password Required');
    const { status } = await engine().images.login({ server, username, password, signal: io.signal });
    await io.stdout.write(`${status}\n`);
    return 0;
  },
};

function checkFlags(flags: FlagValues): void {
  if (!flags.bool('password-stdin')) return;
  if (flags.has('password')) throw new PlainError('--password and --password-stdin are mutually exclusive');
  if (!flags.string('username')) throw new PlainError('Must provide --username with --password-stdin');
}

async function readPassword(flags: FlagValues, io: CliIo): Promise<string> {
  if (flags.bool('password-stdin')) return (await readAll(io.stdin)).replace(/\r?\n$/, '');
  return flags.string('password') ?? (await io.ask('Password: ', { isSecret: true }));
}
