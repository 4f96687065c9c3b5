/** boxtop version: of the program, the API it follows, and the parts it stands on. */
import { arch, platform } from 'node:os';
import { NONE, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';
import { programVersion } from '../version-line.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Show the version information',
  flags: [text('format', 'Print with a Go template', 'f')],
  arity: NONE,
  async run({ flags }, engine, io) {
    const server = await engine().system.version();
    const client = {
      Version: programVersion(),
      ApiVersion: server['ApiVersion'],
      GoVersion: `node ${process.versions.node}`,
      Os: platform(),
      Arch: arch() === 'x64' ? 'amd64' : arch(),
    };
    const format = flags.string('format');
    if (format !== undefined && format !== '') {
      return await inspectObjects(
        ['version'],
        async () => ({ object: { Client: client, Server: server } }),
        format,
        io,
        daemonText,
      );
    }
    await io.stdout.write(versionText(client, server));
    return 0;
  },
};

interface Component {
  Name: string;
  Version: string;
  Details?: Record<string, string>;
}

function versionText(client: Record<string, unknown>, server: Record<string, unknown>): string {
  const lines = [
    'Client:',
    ` Version:           ${client['Version']}`,
    ` API version:       ${client['ApiVersion']}`,
    ` Node version:      ${process.versions.node}`,
    ` OS/Arch:           ${client['Os']}/${client['Arch']}`,
    '',
    'Server:',
  ];
  for (const { Name, Version, Details = {} } of (server['Components'] as Component[] | undefined) ?? []) {
    lines.push(` ${Name}:`, `  ${'Version:'.padEnd(18)}${Version}`);
    for (const [name, value] of Object.entries(Details)) lines.push(`  ${`${name}:`.padEnd(18)}${value}`);
  }
  return `${lines.join('\n')}\n`;
}
