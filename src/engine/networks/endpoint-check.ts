/** Checks what is asked of a place in a network, by `run` and by `network connect`. Pure. */
import { isIP } from 'node:net';
import { EngineError } from '../errors.ts';
import type { EndpointSettings } from '../types/config.ts';

/** Names go into files of the network's name server and of the container. */
const NAME = /^[^\s,#/:]{1,255}$/;

const invalid = (message: string, hint?: string) =>
  new EngineError('INVALID_ARGUMENT', message, { hint, exitCode: 125 });
const unimplemented = (what: string, hint?: string) =>
  new EngineError('UNIMPLEMENTED', `${what} is not implemented yet`, { hint, exitCode: 125 });

/** Throws INVALID_ARGUMENT in Docker's words (EndpointIPAMConfig.Validate), UNIMPLEMENTED. `isPredefined`: of bridge, host or none. */
export function checkEndpoint(endpoint: EndpointSettings, isPredefined: boolean): void {
  const { Aliases, Links, DriverOpts, IPAMConfig = {} } = endpoint;
  const { IPv4Address, IPv6Address, LinkLocalIPs = [] } = IPAMConfig;
  if (Object.keys(DriverOpts ?? {}).length > 0) throw unimplemented('a driver option of a network endpoint');
  if (IPv4Address && isIP(IPv4Address) !== 4) throw invalid(`invalid IPv4 address: ${IPv4Address}`);
  if (IPv6Address && isIP(IPv6Address) !== 6) throw invalid(`invalid IPv6 address: ${IPv6Address}`);
  const bad = LinkLocalIPs.find((address) => !isLinkLocal(address));
  if (bad !== undefined) throw invalid(`invalid link-local IP address: ${bad}`);
  if (isPredefined) checkPredefined(endpoint);
  if (IPv6Address) throw unimplemented('--ip6', 'containers have IPv4 addresses alone');
  if (LinkLocalIPs.some((address) => isIP(address) === 6))
    throw unimplemented('--link-local-ip with IPv6', 'containers have IPv4 addresses alone');
  const odd = Aliases?.find((alias) => !NAME.test(alias));
  if (odd !== undefined) throw invalid(`invalid network-scoped alias: ${JSON.stringify(odd)}`);
  const link = Links?.find((text) => !isLink(text));
  if (link !== undefined) throw invalid(`bad format for links: ${link}`, 'write it like name:alias');
}

function checkPredefined({ Aliases, Links, IPAMConfig = {} }: EndpointSettings): void {
  const { IPv4Address, IPv6Address, LinkLocalIPs = [] } = IPAMConfig;
  if (IPv4Address || IPv6Address || LinkLocalIPs.length > 0)
    throw invalid('user specified IP address is supported on user defined networks only');
  if (Aliases?.length)
    throw invalid('network-scoped alias is supported only for containers in user defined networks');
  if (Links?.length) throw invalid('links are only supported for user-defined networks');
}

function isLink(text: string): boolean {
  const [name = '', alias = name, ...more] = text.split(':');
  return more.length === 0 && NAME.test(name) && NAME.test(alias);
}

const isLinkLocal = (address: string): boolean =>
  isIP(address) === 4 ? address.startsWith('169.254.') : isIP(address) === 6 && /^fe[89ab]/i.test(address);
