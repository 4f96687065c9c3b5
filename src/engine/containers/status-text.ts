/** The words `ps` shows of a container: status with its age, command, ports. Pure. */
import type { ContainerRecord, ContainerState, PublishedPort } from '../types/containers.ts';

/** Docker's zero time: it never happened. */
const NEVER = '0001-01-01T00:00:00Z';

/** Its monitor was killed: nobody keeps its output, nobody will know how it ends. */
const LOST_NOTE = ' (lost, restart it)';

/** Docker's Status column (container State.String). `nowMs` in milliseconds since 1970. */
export function statusText(state: ContainerState, nowMs: number, isLost = false): string {
  const since = (time: string) => humanDuration(nowMs - Date.parse(time));
  if (state.Restarting) return `Restarting (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
  if (state.Running || state.Paused)
    return `Up ${since(state.StartedAt)}${isLost ? LOST_NOTE : upNote(state)}`;
  if (state.Status === 'removing') return 'Removal In Progress';
  if (state.Dead) return 'Dead';
  if (state.StartedAt === NEVER) return 'Created';
  if (state.FinishedAt === NEVER) return '';
  return `Exited (${state.ExitCode}) ${since(state.FinishedAt)} ago`;
}

/** Health is told only while it is checked. */
function upNote({ Paused, Health }: ContainerState): string {
  if (Paused) return ' (Paused)';
  if (Health === undefined) return '';
  return Health.Status === 'starting' ? ' (health: starting)' : ` (${Health.Status})`;
}

/** A duration in words, as Docker rounds it (go-units HumanDuration): 'Less than a second', 'About an hour', '3 weeks'. */
export function humanDuration(ms: number): string {
  const seconds = Math.trunc(ms / 1000);
  if (seconds < 1) return 'Less than a second';
  if (seconds === 1) return '1 second';
  if (seconds < 60) return `${seconds} seconds`;
  const minutes = Math.trunc(seconds / 60);
  if (minutes === 1) return 'About a minute';
  if (minutes < 60) return `${minutes} minutes`;
  const hours = Math.trunc(ms / 3_600_000 + 0.5);
  if (hours === 1) return 'About an hour';
  if (hours < 48) return `${hours} hours`;
  if (hours < 24 * 7 * 2) return `${Math.trunc(hours / 24)} days`;
  if (hours < 24 * 30 * 2) return `${Math.trunc(hours / 24 / 7)} weeks`;
  if (hours < 24 * 365 * 2) return `${Math.trunc(hours / 24 / 30)} months`;
  return `${Math.trunc(Math.trunc(ms / 3_600_000) / 24 / 365)} years`;
}

/** The command line; arguments with a space are quoted, as Docker does. */
export function commandText(record: Pick<ContainerRecord, 'Path' | 'Args'>): string {
  return [record.Path, ...record.Args.map((arg) => (arg.includes(' ') ? `'${arg}'` : arg))].join(' ');
}

/** The published and exposed ports of NetworkSettings.Ports ('80/tcp' → bindings), ordered by port. */
export function publishedPorts(ports: ContainerRecord['NetworkSettings']['Ports']): PublishedPort[] {
  const list = Object.entries(ports).flatMap(([key, bindings]): PublishedPort[] => {
    const [port = '', type = 'tcp'] = key.split('/');
    const inside = { PrivatePort: Number(port), Type: type };
    if (bindings === null || bindings.length === 0) return [inside];
    return bindings.map(({ HostIp, HostPort }) => ({ IP: HostIp, ...inside, PublicPort: Number(HostPort) }));
  });
  return list.sort((a, b) => a.PrivatePort - b.PrivatePort || a.Type.localeCompare(b.Type));
}
