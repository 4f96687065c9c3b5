/** --add-host, --dns, --dns-search, --link: names and addresses (docker/cli opts; test/data/cli-opts.json). Pure. */
import { ipVersion } from './ip.ts';

/** 'host:address' or 'host=address', the address perhaps in brackets → 'host:address'. Where there is a '=' it counts first. */
export function parseAddHost(value: string): string {
  const [, host = '', address] = /^([^=]*)=(.*)$/s.exec(value) ?? /^([^:]*):(.*)$/s.exec(value) ?? [];
  if (address === undefined || host === '' || host.includes(':'))
    throw new Error(`bad format for add-host: ${JSON.stringify(value)}`);
  if (address === 'host-gateway') return `${host}:${address}`;
  const bare = /^\[.+\]$/s.test(address) ? address.slice(1, -1) : address;
  if (ipVersion(bare.trim()) === 0)
    throw new Error(`invalid IP address in add-host: ${JSON.stringify(bare)}`);
  return `${host}:${bare}`;
}

/** One address in canonical form. */
export function parseIpAddress(value: string): string {
  const address = value.trim();
  const version = ipVersion(address);
  if (version === 0) throw new Error(`IP address is not correctly formatted: ${value}`);
  return version === 4 ? address : canonicalV6(address);
}

/** RFC 5952; an IPv4 address in IPv6's clothes is written as what it is, as Go does. */
function canonicalV6(address: string): string {
  const text = new URL(`http://[${address}]/`).hostname.slice(1, -1);
  const [, high, low] = /^::ffff:([\da-f]{1,4}):([\da-f]{1,4})$/.exec(text) ?? [];
  if (high === undefined || low === undefined) return text;
  return [high, low]
    .flatMap((part) => [Number.parseInt(part, 16) >> 8, Number.parseInt(part, 16) & 255])
    .join('.');
}

const DOMAIN =
  /^(:?(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))(:?\.(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])))*)\.?\s*$/;

/** One search domain; '.' = none. */
export function parseDnsSearch(value: string): string {
  const domain = value.replace(/^ +| +$/g, '');
  if (domain === '.') return domain;
  const name = DOMAIN.exec(domain)?.[1] ?? '';
  if (name === '' || name.length >= 255 || !/[a-zA-Z]/.test(domain))
    throw new Error(`${domain} is not a valid domain`);
  return name;
}

/** 'container[:alias]' */
export function parseLink(value: string): { name: string; alias: string } {
  if (value === '') throw new Error('empty string specified for links');
  const [name = '', alias, ...more] = value.split(':');
  if (more.length > 0) throw new Error(`bad format for links: ${value}`);
  if (alias === undefined) return { name, alias: name };
  // '/other:/this/alias' is how a container's own record writes it
  return name.startsWith('/') ? { name: name.slice(1), alias: alias.replace(/^.*\//s, '') } : { name, alias };
}
