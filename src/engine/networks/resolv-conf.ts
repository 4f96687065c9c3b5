/** /etc/resolv.conf of a container. Pure. */

/** Docker's fallback when the host has only loopback name servers (libnetwork resolvconf). */
const FALLBACK_SERVERS = ['8.8.8.8', '8.8.4.4'];

interface ResolvOptions {
  servers: readonly string[];
  search: readonly string[];
  options: readonly string[];
}

/** With --network host the host's file is right as it is: loopback servers can be reached. */
export function resolvConfContent(hostFile: string, asked: ResolvOptions, isHostNetwork: boolean): string {
  const filtered = isHostNetwork ? hostFile : withReachableServers(hostFile);
  if (asked.servers.length + asked.search.length + asked.options.length === 0) return filtered;
  const servers = asked.servers.length > 0 ? asked.servers : words(filtered, 'nameserver');
  const search = asked.search.length > 0 ? asked.search : words(filtered, 'search');
  const options = asked.options.length > 0 ? asked.options : words(filtered, 'options');
  const lines: string[] = [];
  // Docker: '--dns-search .' means none
  if (search.length > 0 && search.join(' ').trim() !== '.') lines.push(`search ${search.join(' ')}`);
  for (const server of servers) lines.push(`nameserver ${server}`);
  if (options.length > 0 && options.join(' ').trim() !== '') lines.push(`options ${options.join(' ')}`);
  return `${lines.join('\n')}\n`;
}

/** Only systemd-resolved's stub is there: its real servers are in another file. */
export function hasOnlyStubResolver(hostFile: string): boolean {
  const servers = words(hostFile, 'nameserver');
  return servers.length === 1 && servers[0] === '127.0.0.53';
}

/** Without loopback servers (not reachable from another namespace) and IPv6 ones (no IPv6 there). */
function withReachableServers(hostFile: string): string {
  const lines = hostFile.split('\n').filter((line) => {
    const [keyword, server = ''] = line.trim().split(/\s+/);
    return keyword !== 'nameserver' || !(server.startsWith('127.') || server.includes(':'));
  });
  const text = lines.join('\n').replace(/\n*$/, '\n');
  if (words(text, 'nameserver').length > 0) return text;
  return `${text.trim() === '' ? '' : text}${FALLBACK_SERVERS.map((server) => `nameserver ${server}\n`).join('')}`;
}

/** The arguments of a keyword; of several lines the last counts, but for nameserver, which adds up (resolv.conf(5)). */
function words(text: string, keyword: string): string[] {
  const found = text
    .split('\n')
    .map((line) => line.trim().split(/\s+/))
    .filter(([first]) => first === keyword);
  if (keyword === 'nameserver') return found.map(([, server = '']) => server);
  return found.at(-1)?.slice(1) ?? [];
}
