/** boxtop info: what the store holds and what this machine has. */
import { jsonText } from '../../format/printable.ts';
import { bytesSize } from '../../format/units.ts';
import { NONE, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Display system-wide information',
  flags: [text('format', 'Print with a Go template', 'f')],
  arity: NONE,
  async run({ flags }, engine, io) {
    const format = flags.string('format');
    if (format === 'json') {
      await io.stdout.write(`${jsonText(clientInfo(await engine().system.info()))}\n`);
      return 0;
    }
    if (format) {
      return await inspectObjects(
        ['info'],
        async () => ({ object: clientInfo(await engine().system.info()), kind: 'Info' }),
        format,
        io,
        daemonText,
      );
    }
    const info = await engine().system.info();
    await io.stdout.write(infoText(info));
    for (const warning of info.Warnings) await io.stderr.write(`${warning}\n`);
    return 0;
  },
};

/** With what the client adds. */
const clientInfo = (info: object): object => ({
  ...info,
  ClientInfo: { Debug: false, Context: 'default', Plugins: [], Warnings: null },
});

/** Docker's layout: a line per field, with what belongs below a field indented. */
export function infoText(info: Readonly<Record<string, unknown>>): string {
  const lines = ['Client:', ' Context:    default', ' Debug Mode: false', '', 'Server:'];
  const line = (label: string, field: string, indent = ' ') => {
    const value = info[field];
    if (value !== undefined && value !== null && value !== '')
      lines.push(`${indent}${label}: ${String(value)}`);
  };
  line('Containers', 'Containers');
  line('Running', 'ContainersRunning', '  ');
  line('Paused', 'ContainersPaused', '  ');
  line('Stopped', 'ContainersStopped', '  ');
  line('Images', 'Images');
  line('Server Version', 'ServerVersion');
  line('Storage Driver', 'Driver');
  for (const [name, value] of (info['DriverStatus'] as [string, string][] | undefined) ?? [])
    lines.push(`  ${name}: ${value}`);
  line('Logging Driver', 'LoggingDriver');
  line('Cgroup Driver', 'CgroupDriver');
  line('Cgroup Version', 'CgroupVersion');
  const plugins = info['Plugins'] as Record<string, string[] | null> | undefined;
  if (plugins !== undefined) {
    lines.push(' Plugins:');
    for (const kind of ['Volume', 'Network', 'Log']) lines.push(...listed(`  ${kind}`, plugins[kind] ?? []));
  }
  const swarm = info['Swarm'] as { LocalNodeState?: string } | undefined;
  if (swarm?.LocalNodeState) lines.push(` Swarm: ${swarm.LocalNodeState}`);
  lines.push(...listed(' Runtimes', Object.keys((info['Runtimes'] as object | undefined) ?? {})));
  line('Default Runtime', 'DefaultRuntime');
  line('Init Binary', 'InitBinary');
  for (const [label, field] of PART_LINES) {
    const { ID } = (info[field] as { ID?: string } | undefined) ?? {};
    if (ID) lines.push(` ${label === 'runtime' ? String(info['DefaultRuntime']) : label} version: ${ID}`);
  }
  const security = (info['SecurityOptions'] as string[] | undefined) ?? [];
  if (security.length > 0) lines.push(' Security Options:', ...security.map(securityLine));
  line('Kernel Version', 'KernelVersion');
  line('Operating System', 'OperatingSystem');
  line('OSType', 'OSType');
  line('Architecture', 'Architecture');
  line('CPUs', 'NCPU');
  if (typeof info['MemTotal'] === 'number') lines.push(` Total Memory: ${bytesSize(info['MemTotal'])}`);
  line('Name', 'Name');
  line('ID', 'ID');
  line('Docker Root Dir', 'DockerRootDir');
  line('Debug Mode', 'Debug');
  line('Registry', 'IndexServerAddress');
  const registry = info['RegistryConfig'] as RegistryConfig | undefined;
  lines.push(' Labels:', ...((info['Labels'] as string[] | undefined) ?? []).map((label) => `  ${label}`));
  line('Experimental', 'ExperimentalBuild');
  if (registry !== undefined) lines.push(...registryLines(registry));
  line('Live Restore Enabled', 'LiveRestoreEnabled');
  return `${lines.join('\n')}\n\n`;
}

/** Programs it stands on, and where their versions are. */
const PART_LINES = [
  ['conmon', 'MonitorCommit'],
  ['netavark', 'NetworkCommit'],
  ['runtime', 'RuncCommit'],
  ['init', 'InitCommit'],
] as const;

interface RegistryConfig {
  InsecureRegistryCIDRs: string[];
  IndexConfigs: Record<string, { Name: string; Secure: boolean }>;
  Mirrors: string[];
}

function registryLines({ InsecureRegistryCIDRs, IndexConfigs, Mirrors }: RegistryConfig): string[] {
  const insecure = Object.values(IndexConfigs).filter(({ Secure }) => !Secure);
  const mirrors =
    Mirrors.length === 0 ? [] : [' Registry Mirrors:', ...Mirrors.map((mirror) => `  ${mirror}`)];
  return [
    ' Insecure Registries:',
    ...insecure.map(({ Name }) => `  ${Name}`),
    ...InsecureRegistryCIDRs.map((range) => `  ${range}`),
    ...mirrors,
  ];
}

const listed = (label: string, names: readonly string[]): string[] =>
  names.length === 0 ? [] : [`${label}: ${names.join(' ')}`];

/** 'name=seccomp,profile=default' → '  seccomp' and '   Profile: default' */
function securityLine(option: string): string {
  const parts = option.split(',').map((part) => part.split('='));
  const name = parts.find(([key]) => key === 'name')?.[1] ?? option;
  const rest = parts
    .filter(([key]) => key !== 'name')
    .map(([key = '', value]) => `\n   ${key[0]?.toUpperCase()}${key.slice(1)}: ${value}`);
  return `  ${name}${rest.join('')}`;
}
