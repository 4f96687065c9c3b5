/** /etc/hosts and /etc/hostname of a container. Pure. */
import { EngineError } from '../errors.ts';

/** libnetwork's etchosts default content. */
const DEFAULT_HOSTS = [
  '127.0.0.1\tlocalhost',
  '::1\tlocalhost ip6-localhost ip6-loopback',
  'fe00::0\tip6-localnet',
  'ff00::0\tip6-mcastprefix',
  'ff02::1\tip6-allnodes',
  'ff02::2\tip6-allrouters',
];

interface HostsContent {
  /** replaces the default lines (the host's own file, with `--network host`) */
  base?: string;
  /** 'name:ip' as given to --add-host; ip may be 'host-gateway' */
  extraHosts: readonly string[];
  hostGateway?: string;
  /** linked containers: address and names */
  links: readonly (readonly [string, string])[];
  /** the container's own addresses */
  addresses: readonly string[];
  hostname: string;
  domainname: string;
}

/** Throws INVALID_ARGUMENT for an --add-host that is no name:ip, in Docker's words. */
export function hostsFileContent(content: HostsContent): string {
  const lines = content.base === undefined ? [...DEFAULT_HOSTS] : [content.base.replace(/\n+$/, '')];
  for (const extra of content.extraHosts) lines.push(extraLine(extra, content.hostGateway));
  for (const [address, names] of content.links) lines.push(`${address}\t${names}`);
  const names = hostNames(content.hostname, content.domainname);
  for (const address of content.addresses) lines.push(`${address}\t${names}`);
  return `${lines.join('\n')}\n`;
}

/** What stands behind a container's own address. */
export const hostNames = (hostname: string, domainname: string): string =>
  domainname === '' ? hostname : `${hostname}.${domainname} ${hostname}`;

function extraLine(extra: string, hostGateway: string | undefined): string {
  const colon = extra.indexOf(':');
  const name = extra.slice(0, colon);
  const address = extra.slice(colon + 1);
  if (colon <= 0 || address === '' || /[\s#]/.test(extra)) {
    throw new EngineError('INVALID_ARGUMENT', `bad format for add-host: "${extra}"`, {
      hint: 'write it like name:192.0.2.1',
    });
  }
  if (address !== 'host-gateway') return `${address}\t${name}`;
  if (hostGateway === undefined) {
    throw new EngineError('INVALID_ARGUMENT', 'unable to derive the IP value for host-gateway', {
      hint: 'give the address itself',
    });
  }
  return `${hostGateway}\t${name}`;
}

/** Gives the line that begins with these names another address. */
export const withAddress = (text: string, names: string, address: string): string =>
  mapLine(text, names, (line) => `${address}${line.slice(line.indexOf('\t'))}`);

/** The same where there may be no such line yet. */
export function withHost(text: string, names: string, address: string): string {
  const changed = withAddress(text, names, address);
  const isThere = changed !== text || text.includes(`${address}\t${names}\n`);
  return isThere ? changed : `${text}${address}\t${names}\n`;
}

/** Without the line that begins with these names. */
export const withoutLine = (text: string, names: string): string => mapLine(text, names, () => undefined);

/** The container may have changed anything else of the file: only the one line is touched. */
function mapLine(text: string, names: string, change: (line: string) => string | undefined): string {
  const lines = text.split('\n');
  const at = lines.findIndex((line) => {
    const [, rest] = line.split('\t', 2);
    return rest === names || rest?.startsWith(`${names} `);
  });
  if (at === -1) return text;
  const changed = change(lines[at]!);
  lines.splice(at, 1, ...(changed === undefined ? [] : [changed]));
  return lines.join('\n');
}
