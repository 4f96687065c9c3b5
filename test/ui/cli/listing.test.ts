import { Readable } from 'node:stream';
import { describe, expect, it, vi } from 'vitest';
import { splitArgument } from '../../../src/ui/cli/copy-ends.ts';
import type { CliIo } from '../../../src/ui/cli/io.ts';
import { type Listing, labelFields, printListing } from '../../../src/ui/cli/listing.ts';
import { eventLine } from '../../../src/ui/cli/verbs/events.ts';
import { cpuPercent } from '../../../src/ui/cli/verbs/stats.ts';
import { portsText } from '../../../src/ui/format/ports.ts';
import { tableLines } from '../../../src/ui/format/table.ts';

function memoryIo(): { io: CliIo; text: () => string } {
  let written = '';
  const output = {
    isTty: false,
    columns: () => 80,
    write: async (data: string | Uint8Array) => {
      written += String(data);
    },
  };
  const io: CliIo = {
    stdin: Readable.from([]),
    stdout: output,
    stderr: output,
    signal: new AbortController().signal,
    confirm: async () => false,
    ask: async () => '',
  };
  return { io, text: () => written };
}

const listing: Listing = {
  headers: { ID: 'CONTAINER ID', Names: 'NAMES', Labels: 'LABELS', Ports: 'PORTS' },
  columns: ['ID', 'Names'],
  rows: [
    {
      ID: '0123456789ab',
      Names: 'web',
      Ports: '0.0.0.0:8080->80/tcp',
      ...labelFields({ 'com.example.role': 'front' }),
    },
    { ID: 'ba9876543210', Names: 'db', Ports: '', ...labelFields(null) },
  ],
  type: '*formatter.ContainerContext',
};

const printed = async (format?: string) => {
  const { io, text } = memoryIo();
  await printListing(listing, format, io);
  return text();
};

describe('lists', () => {
  it("print the default table with Docker's padding", async () => {
    expect(await printed()).toBe('CONTAINER ID   NAMES\n0123456789ab   web\nba9876543210   db\n');
  });

  it('print tables of chosen fields with their headers', async () => {
    expect(await printed('table {{.Names}}\\t{{.Label "com.example.role"}}\\t{{.ID}}')).toBe(
      'NAMES     role      CONTAINER ID\nweb       front     0123456789ab\ndb                  ba9876543210\n',
    );
  });

  it('print a template per row', async () => {
    expect(await printed('{{.Names | upper}}: {{.Labels}}')).toBe('WEB: com.example.role=front\nDB: \n');
  });

  it('print JSON with all fields in order and with escapes, as Go does', async () => {
    const first = (await printed('{{json .}}')).split('\n')[0];
    expect(first).toBe(
      '{"ID":"0123456789ab","Labels":"com.example.role=front","Names":"web","Ports":"0.0.0.0:8080-\\u003e80/tcp"}',
    );
    expect((await printed('json')).split('\n')[0]).toBe(first);
  });

  it("say what is wrong with a template in Docker's words", async () => {
    await expect(printed('{{.ID')).rejects.toThrow('failed to parse template: template: :1: unclosed action');
    await expect(printed('{{.Nope}}')).rejects.toThrow(
      `failed to execute template: template: :1:2: executing "" at <.Nope>: can't evaluate field Nope in type *formatter.ContainerContext`,
    );
  });

  it('keep columns of wide text aligned by characters', () => {
    expect(
      tableLines([
        ['A', 'B'],
        ['容器容器容器容器', 'x'],
      ]),
    ).toEqual(['A          B', '容器容器容器容器   x']);
  });
});

describe('cells', () => {
  it('join neighbouring ports', () => {
    const udp = (port: number, IP: string) => ({ IP, PrivatePort: port, PublicPort: port, Type: 'udp' });
    const range = ['0.0.0.0', '::'].flatMap((ip) => [9002, 9000, 9001].map((port) => udp(port, ip)));
    const web = { IP: '0.0.0.0', PrivatePort: 80, PublicPort: 8080, Type: 'tcp' };
    expect(portsText([...range, web])).toBe(
      '0.0.0.0:9000-9002->9000-9002/udp, :::9000-9002->9000-9002/udp, 0.0.0.0:8080->80/tcp',
    );
    expect(portsText([{ PrivatePort: 443, Type: 'tcp' }])).toBe('443/tcp');
  });

  it('count CPU so that one busy CPU is 100', () => {
    const at = (readAt: number, cpuNs: number) => ({ readAt, cpuNs, onlineCpus: 4 });
    expect(cpuPercent(at(2000, 1.5e9), at(1000, 1e9))).toBeCloseTo(50);
    expect(cpuPercent(at(1000, 1e9), undefined)).toBe(0);
  });

  it("print events as Docker's lines", () => {
    const event = {
      Type: 'container',
      Action: 'pause',
      Actor: { ID: 'abc', Attributes: { name: 'web', image: 'busybox' } },
      time: 1_795_253_763,
      timeNano: '1795253763282614347',
    } as const;
    for (const [zone, time] of [
      ['UTC', '2026-11-21T09:36:03.282614347Z'],
      ['Asia/Shanghai', '2026-11-21T17:36:03.282614347+08:00'],
      ['America/St_Johns', '2026-11-21T06:06:03.282614347-03:30'],
    ] as const) {
      vi.stubEnv('TZ', zone);
      expect(eventLine(event)).toBe(`${time} container pause abc (image=busybox, name=web)`);
    }
    vi.unstubAllEnvs();
  });

  it("tell a container's path from one of this machine", () => {
    expect(splitArgument('web:/etc')).toEqual({ container: 'web', path: '/etc' });
    expect(splitArgument('./a:b')).toEqual({ container: undefined, path: './a:b' });
    expect(splitArgument('/tmp/a:b')).toEqual({ container: undefined, path: '/tmp/a:b' });
    expect(splitArgument('-')).toEqual({ container: undefined, path: '-' });
  });
});
