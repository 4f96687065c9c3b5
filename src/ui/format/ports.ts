/** The PORTS column of `ps`: neighbouring ports of one address joined to ranges (docker/cli DisplayablePorts). Pure. */

export interface ShownPort {
  IP?: string;
  PrivatePort: number;
  PublicPort?: number;
  Type: string;
}

/** '0.0.0.0:8080->80/tcp, 443/tcp', '9000-9002/udp' */
export function portsText(ports: readonly ShownPort[]): string {
  const groups = new Map<string, { first: number; last: number }>();
  const result: string[] = [];
  const mapped: string[] = [];
  for (const port of [...ports].sort(comparePorts)) {
    const { IP = '', PrivatePort, PublicPort, Type } = port;
    if (IP !== '' && PublicPort !== PrivatePort) {
      mapped.push(`${IP}:${PublicPort}->${PrivatePort}/${Type}`);
      continue;
    }
    const key = IP === '' ? Type : `${IP}/${Type}`;
    const group = groups.get(key);
    if (group !== undefined && PrivatePort === group.last + 1) {
      group.last = PrivatePort;
      continue;
    }
    if (group !== undefined) result.push(groupText(key, group));
    groups.set(key, { first: PrivatePort, last: PrivatePort });
  }
  for (const [key, group] of groups) result.push(groupText(key, group));
  return [...result, ...mapped].join(', ');
}

function groupText(key: string, { first, last }: { first: number; last: number }): string {
  const slash = key.lastIndexOf('/');
  const ports = first === last ? String(first) : `${first}-${last}`;
  return slash < 0 ? `${ports}/${key}` : `${key.slice(0, slash)}:${ports}->${ports}${key.slice(slash)}`;
}

function comparePorts(a: ShownPort, b: ShownPort): number {
  if (a.PrivatePort !== b.PrivatePort) return a.PrivatePort - b.PrivatePort;
  if ((a.IP ?? '') !== (b.IP ?? '')) return (a.IP ?? '') < (b.IP ?? '') ? -1 : 1;
  if ((a.PublicPort ?? 0) !== (b.PublicPort ?? 0)) return (a.PublicPort ?? 0) - (b.PublicPort ?? 0);
  return a.Type < b.Type ? -1 : Number(a.Type > b.Type);
}
