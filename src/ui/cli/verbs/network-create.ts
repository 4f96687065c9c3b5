/** boxtop network create. */
import type { NetworkCreate } from '../../../engine/index.ts';
import { bool, exactly, type FlagValues, list, text } from '../flags.ts';
import { checkLabel, keyValues } from '../opts/key-values.ts';
import { subnetsOf } from '../opts/subnets.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS] NETWORK',
  summary: 'Create a network',
  flags: [
    { ...bool('attachable', ''), isHidden: true },
    { ...list('aux-address', 'Address that no container gets'), word: 'map' },
    { ...text('driver', 'Driver of the network', 'd'), default: '"bridge"' },
    list('gateway', 'IPv4 address of the gateway'),
    bool('internal', 'Without a way to the outside'),
    list('ip-range', 'Part of the subnet that containers get addresses of'),
    { ...text('ipam-driver', ''), isHidden: true },
    bool('ipv6', 'Enable IPv6'),
    { ...list('label', 'Set a label'), check: checkLabel },
    { ...list('opt', 'Option of the driver', 'o'), word: 'map' },
    list('subnet', 'Subnet in CIDR form, such as 172.28.0.0/16'),
  ],
  arity: exactly(1),
  async run({ flags, args }, engine, io) {
    try {
      const { Id } = await engine().networks.create(bodyOf(flags, args[0]!));
      await io.stdout.write(`${Id}\n`);
    } catch (error) {
      throw new PlainError(daemonText(error));
    }
    return 0;
  },
};

function bodyOf(flags: FlagValues, Name: string): NetworkCreate {
  const Config = subnetsOf({
    subnets: flags.list('subnet'),
    ranges: flags.list('ip-range'),
    gateways: flags.list('gateway'),
    auxiliary: keyValues(flags.list('aux-address')),
  });
  return {
    Name,
    Driver: flags.string('driver') ?? 'bridge',
    Internal: flags.bool('internal'),
    Attachable: flags.bool('attachable'),
    EnableIPv6: flags.bool('ipv6'),
    Options: keyValues(flags.list('opt')),
    Labels: keyValues(flags.list('label')),
    IPAM: { Driver: flags.string('ipam-driver') ?? 'default', Config },
  };
}
