/** Finds the firewall rules netavark (iptables driver) made for a network, and how to remove them at once. Pure. */
import { createHash } from 'node:crypto';
import type { HostPort } from './records.ts';

/** What rules tell of a network. */
export interface BridgeTrace {
  subnet: string;
  interfaceName: string;
}

interface Table {
  name: string;
  chains: string[];
  /** '-A CHAIN …' lines */
  rules: string[];
}

/** What netavark makes once per machine, whoever uses it first; rules are its constant content. */
const SHARED_CHAINS = [
  'NETAVARK_FORWARD',
  'NETAVARK_ISOLATION_1',
  'NETAVARK_ISOLATION_2',
  'NETAVARK-HOSTPORT-DNAT',
  'NETAVARK-HOSTPORT-MASQ',
  'NETAVARK-HOSTPORT-SETMARK',
];
const CONSTANT_RULE = /^-A NETAVARK-HOSTPORT-(MASQ|SETMARK) /;

/**
 * Input for `iptables-restore --noflush` that removes the rules of a network, from the output of `iptables-save`; undefined
 * when there is nothing to remove. It is one transaction per table: when another program has put a rule into a shared chain meanwhile, nothing
 * is changed. `withShared`: netavark's own chains go too when no other network uses them, also those that a killed setup left without the network's.
 */
export function removalOf(saved: string, trace: BridgeTrace, withShared: boolean): string | undefined {
  const tables = parse(saved);
  const { subnet, interfaceName } = trace;
  const suffixes = networkSuffixes(tables, trace);
  const isOurs = (rule: string) =>
    concerns(rule, [subnet, interfaceName]) || suffixes.some((suffix) => rule.includes(suffix));
  const isSharedIdle =
    withShared &&
    tables.some(({ chains }) => chains.some((chain) => SHARED_CHAINS.includes(chain))) &&
    tables.every((table) => !hasForeignUse(table, isOurs));
  const isThere = ({ rules, chains }: Table) => rules.some(isOurs) || chains.some(isOurs);
  if (!isSharedIdle && !tables.some(isThere)) return undefined;
  return tables.map((table) => removalInTable(table, isOurs, { suffixes, isSharedIdle })).join('');
}

function parse(saved: string): Table[] {
  const tables: Table[] = [];
  for (const line of saved.split('\n')) {
    const table = tables.at(-1);
    if (line.startsWith('*')) tables.push({ name: line.slice(1), chains: [], rules: [] });
    else if (line.startsWith(':')) table?.chains.push(line.slice(1).split(' ')[0]!);
    else if (line.startsWith('-A ')) table?.rules.push(line);
  }
  return tables;
}

const NETWORK_CHAIN = /^NETAVARK-(?:DN-)?([0-9A-F]{13})$/;

/**
 * '7D24D33E39064' of the chains NETAVARK-… and NETAVARK-DN-…: netavark hashes the network's name, which is the interface's here
 * (netavarkName). Asked only for chains that nothing leads to, as a killed teardown leaves them: node:crypto is slow to load.
 */
function networkSuffixes(tables: readonly Table[], { subnet, interfaceName }: BridgeTrace): string[] {
  const jump = /^-A POSTROUTING -s (\S+) .*-j NETAVARK-([0-9A-F]{13})$/;
  const jumps = tables
    .flatMap(({ rules }) => rules.map((rule) => jump.exec(rule.replace(' -j', '  -j'))))
    .filter((match) => match !== null);
  const found = jumps.flatMap((match) => (match[1] === subnet ? [match[2]!] : []));
  const orphans = tables
    .flatMap(({ chains }) => chains.flatMap((chain) => NETWORK_CHAIN.exec(chain)?.[1] ?? []))
    .filter((suffix) => !jumps.some((match) => match[2] === suffix));
  if (orphans.length === 0) return found;
  const own = createHash('sha512').update(interfaceName).digest('hex').slice(0, 13).toUpperCase();
  return orphans.includes(own) ? [...found, own] : found;
}

/** A rule of netavark's with the subnet as an address, or the bridge as an interface. */
function concerns(rule: string, names: readonly string[]): boolean {
  const words = rule.split(' ');
  // a bridge may be called like a word of every rule, 'tcp'
  return (
    rule.includes('NETAVARK') &&
    words.some((word, index) => names.includes(word) && /^-[sdio]$/.test(words[index - 1] ?? ''))
  );
}

function hasForeignUse(table: Table, isOurs: (rule: string) => boolean): boolean {
  return table.rules.some(
    (rule) => rule.startsWith('-A NETAVARK') && !isOurs(rule) && !CONSTANT_RULE.test(rule),
  );
}

function removalInTable(
  table: Table,
  isOurs: (rule: string) => boolean,
  plan: { suffixes: string[]; isSharedIdle: boolean },
): string {
  const own = table.chains.filter((chain) => plan.suffixes.some((suffix) => chain.endsWith(`-${suffix}`)));
  const shared = plan.isSharedIdle ? table.chains.filter((chain) => SHARED_CHAINS.includes(chain)) : [];
  const isGoing = (rule: string) => isOurs(rule) || shared.some((chain) => rule.split(' ').includes(chain));
  const deletions = table.rules.filter(
    (rule) => isGoing(rule) && !own.some((chain) => rule.startsWith(`-A ${chain} `)),
  );
  const lines = [
    ...deletions.map((rule) => rule.replace(/^-A /, '-D ')),
    ...own.map((chain) => `-F ${chain}`),
    // not flushed first: a chain that is in use again must make the whole transaction fail
    ...[...own, ...shared].map((chain) => `-X ${chain}`),
  ];
  return lines.length === 0 ? '' : `*${table.name}\n${lines.join('\n')}\nCOMMIT\n`;
}

/**
 * Input for `iptables-restore --noflush` that keeps a bridge apart from those that are isolated, as netavark's option does; undefined
 * when it is, or when the rules are not iptables'. They are removed with all others of the bridge.
 */
export function isolationOf(saved: string, interfaceName: string): string | undefined {
  const filter = parse(saved).find(({ name }) => name === 'filter');
  const leaving = `NETAVARK_ISOLATION_1 -i ${interfaceName} ! -o ${interfaceName} -j NETAVARK_ISOLATION_2`;
  const entering = `NETAVARK_ISOLATION_2 -o ${interfaceName} -j DROP`;
  if (!filter?.chains.includes('NETAVARK_ISOLATION_2')) return undefined;
  const missing = [leaving, entering].filter((rule) => !filter.rules.includes(`-A ${rule}`));
  return missing.length === 0
    ? undefined
    : `*filter\n${missing.map((rule) => `-I ${rule}`).join('\n')}\nCOMMIT\n`;
}

/**
 * Input for `iptables-restore --noflush` that makes forwarded packets pass the isolation again: netavark's teardown of one isolated
 * network takes the way there from all of them (seen with 1.4). Undefined when it is there, or nothing is isolated.
 */
export function isolationEntry(saved: string): string | undefined {
  const rules = parse(saved).find(({ name }) => name === 'filter')?.rules ?? [];
  const entry = 'FORWARD -j NETAVARK_ISOLATION_1';
  const isUsed = rules.some((rule) => rule.startsWith('-A NETAVARK_ISOLATION_1 '));
  return !isUsed || rules.includes(`-A ${entry}`) ? undefined : `*filter\n-I ${entry}\nCOMMIT\n`;
}

/** Chains whose rules send a host port to a container: netavark's (other stores, podman) and Docker's. */
const FORWARDING = /^-A (NETAVARK-HOSTPORT-DNAT|DOCKER) .*-j (NETAVARK-DN-|DNAT)/;

/** Host ports the machine forwards, which no listener shows. From the output of `iptables-save`. */
export function forwardedPorts(saved: string): HostPort[] {
  return saved.split('\n').flatMap((rule) => {
    const protocol = / -p (\w+)/.exec(rule)?.[1];
    const port = / --dport ([0-9]+)( |$)/.exec(rule)?.[1];
    if (!FORWARDING.test(rule) || protocol === undefined || port === undefined) return [];
    return [{ ip: / -d ([0-9.]+)/.exec(rule)?.[1] ?? '0.0.0.0', port: Number(port), protocol }];
  });
}
