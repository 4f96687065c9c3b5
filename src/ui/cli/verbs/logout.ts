/** boxtop logout: forget the credentials of a registry. */
import { atMost } from '../flags.ts';
import type { Command } from '../verb.ts';

const DOCKER_HUB = 'https://index.docker.io/v1/';

export const command: Command = {
  usage: '[SERVER]',
  summary: 'Log out from a registry',
  flags: [],
  arity: atMost(1),
  async run({ args }, engine, io) {
    const server = args[0] ?? DOCKER_HUB;
    const { removed } = await engine().images.logout(server);
    await io.stdout.write(
      removed ? `Removing login credentials for ${server}\n` : `Not logged in to ${server}\n`,
    );
    return 0;
  },
};
