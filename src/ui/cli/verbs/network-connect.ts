/** boxtop network connect. */
import { exactly, type FlagValues, list, text } from '../flags.ts';
import { parseLink } from '../opts/addresses.ts';
import { endpointSettings } from '../opts/container-config.ts';
import { links } from '../opts/host-config.ts';
import { keyValues } from '../opts/key-values.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NETWORK CONTAINER',
  summary: 'Connect a container to a network',
  flags: [
    list('alias', 'Name of the container on this network'),
    { ...list('driver-opt', ''), isHidden: true },
    text('ip', 'IPv4 address'),
    text('ip6', 'IPv6 address'),
    { ...list('link', 'Link to another container'), check: parseLink },
    list('link-local-ip', 'Link-local address'),
  ],
  arity: exactly(2),
  async run({ flags, args }, engine) {
    const [network = '', Container = ''] = args;
    try {
      await engine().networks.connect(network, { Container, EndpointConfig: endpointOf(flags, network) });
    } catch (error) {
      throw new PlainError(daemonText(error));
    }
    return 0;
  },
};

function endpointOf(flags: FlagValues, Target: string) {
  const [linked, local] = [links(flags), flags.list('link-local-ip')];
  const [aliases, options] = [flags.list('alias'), flags.list('driver-opt')];
  const [ip, ip6] = [flags.string('ip'), flags.string('ip6')];
  return endpointSettings({
    Target,
    ...(linked.length > 0 && { Links: linked }),
    ...(aliases.length > 0 && { Aliases: [...aliases] }),
    ...(local.length > 0 && { LinkLocalIPs: [...local] }),
    ...(options.length > 0 && { DriverOpts: keyValues(options) }),
    ...(ip !== undefined && { IPv4Address: ip }),
    ...(ip6 !== undefined && { IPv6Address: ip6 }),
  });
}
