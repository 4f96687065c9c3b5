/** --add-host, --dns, --dns-search, --link: names and addresses (docker/cli opts; test/data/cli-opts.json). Pure. */
import { ipVersion } from './ip.ts';

/** 'host:address' or 'host=address', the address perhaps in brackets → 'host:address'. */
export function parseAddHost(value: string): string {
  const [, host, address] = /^([^:=]+)[:=](.*)$/s.exec(value) ?? [];
  if (host === undefined || address === undefined)
    throw new Error(`bad format for add-host: ${JSON.stringify(value)}`);
  const bare = /^\[.*\]$/.test(address) ? address.slice(1, -1) : address;
  if (bare !== 'host-gateway' && ipVersion(bare) === 0) {
    throw new Error(`invalid IP address in add-host: ${JSON.stringify(address)}`);
  }
  return `${host}:${bare}`;
}

/** One address in canonical form. */
export function parseIpAddress(value: string): string {
  const address = value.trim();
  const version = ipVersion(address);
  if (version === 0) throw new Error(`IP address is not correctly formatted: ${value}`);
  return version === 4 ? address : new URL(`http://[${address}]/`).hostname.slice(1, -1);
}

const DOMAIN =
  /^(:?(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))(:?\.(:?[a-zA-Z0-9]|(:?[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])))*)\.?\s*$/;

/** One search domain; '.' = none. */
export function parseDnsSearch(value: string): string {
  const domain = value.trim();
  if (domain === '.') return domain;
  if (domain.length > 255 || !/[a-zA-Z]/.test(domain) || !DOMAIN.test(domain))
    throw new Error(`${value} is not a valid domain`);
  return domain.replace(/\.$/, '');
}

/** 'container[:alias]' */
export function parseLink(value: string): { name: string; alias: string } {
  if (value === '') throw new Error('empty string specified for links');
  const [name = '', alias, ...more] = value.split(':');
  if (more.length > 0) throw new Error(`bad format for links: ${value}`);
  return { name, alias: alias ?? name };
}
