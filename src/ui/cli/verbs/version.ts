/** boxtop version: of the program, the API it follows, and the parts it stands on. */
import { arch, platform } from 'node:os';
import { jsonText } from '../../format/printable.ts';
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
      Platform: { Name: '' },
      Version: programVersion(),
      ApiVersion: server['ApiVersion'],
      DefaultAPIVersion: server['ApiVersion'],
      GoVersion: `node ${process.versions.node}`,
      Os: platform(),
      Arch: arch() === 'x64' ? 'amd64' : arch(),
      Context: 'default',
    };
    const format = flags.string('format');
    if (format === 'json') {
      await io.stdout.write(`${jsonText({ Client: client, Server: server })}\n`);
      return 0;
    }
    if (format) {
      return await inspectObjects(
        ['version'],
        async () => ({ object: { Client: client, Server: server }, kind: 'Version' }),
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
    ` Context:           ${client['Context']}`,
    '',
    'Server:',
  ];
  for (const { Name, Version, Details = {} } of (server['Components'] as Component[] | undefined) ?? []) {
    const facts = Name === 'Engine' ? engineFacts(Details) : Details;
    for (const [name, value] of Object.entries({ Version, ...facts }))
      lines.push(...(name === 'Version' ? [` ${Name}:`] : []), `  ${`${name}:`.padEnd(18)}${value}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Docker's words for what the engine tells of itself. */
function engineFacts(details: Readonly<Record<string, string>>): Record<string, string> {
  const { ApiVersion, MinAPIVersion, NodeVersion, Os, Arch, KernelVersion } = details;
  return {
    'API version': `${ApiVersion} (minimum version ${MinAPIVersion})`,
    'Node version': `${NodeVersion}`,
    'OS/Arch': `${Os}/${Arch}`,
    Kernel: `${KernelVersion}`,
  };
}
