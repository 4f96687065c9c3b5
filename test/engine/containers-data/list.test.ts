/** ps and inspect: Docker's words, filters and fields. */
import { readFileSync } from 'node:fs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { inspect } from '../../../src/engine/containers/inspect/inspect.ts';
import { list } from '../../../src/engine/containers/list.ts';
import {
  commandText,
  humanDuration,
  publishedPorts,
  statusText,
} from '../../../src/engine/containers/status-text.ts';
import { imageDocuments } from '../../../src/engine/images/records.ts';
import type { Filters } from '../../../src/engine/index.ts';
import { addContainer, EXITED, openContext, type TestContext } from '../../support/engine-store.ts';

let ctx: TestContext;
beforeEach(() => {
  ctx = openContext();
});
afterEach(() => ctx.close());

const units = JSON.parse(readFileSync('test/data/units.json', 'utf8')) as {
  cases: { fn: string; input: number; expected: string }[];
};

describe('status texts', () => {
  const cases = units.cases.filter(({ fn }) => fn === 'humanDuration');
  it.each(cases)('says $expected after $input ms', ({ input, expected }) =>
    expect(humanDuration(input)).toBe(expected),
  );

  const base = EXITED;
  const now = Date.parse('2026-11-21T06:00:00Z');
  it.each([
    [{ Running: true, Status: 'running', StartedAt: '2026-11-21T04:00:00Z' }, 'Up 2 hours'],
    [{ Running: true, Status: 'running', StartedAt: '2026-11-21T06:00:00Z' }, 'Up Less than a second'],
    [
      { Running: true, Paused: true, Status: 'paused', StartedAt: '2026-11-21T05:57:00Z' },
      'Up 3 minutes (Paused)',
    ],
    [{ Status: 'exited', FinishedAt: '2026-11-21T05:55:00Z' }, 'Exited (0) 5 minutes ago'],
    [{ Status: 'exited', ExitCode: 137, FinishedAt: '2026-11-20T06:00:00Z' }, 'Exited (137) 24 hours ago'],
    [{ Status: 'created', StartedAt: '0001-01-01T00:00:00Z', FinishedAt: '0001-01-01T00:00:00Z' }, 'Created'],
    [
      { Status: 'restarting', Restarting: true, ExitCode: 1, FinishedAt: '2026-11-21T05:59:58Z' },
      'Restarting (1) 2 seconds ago',
    ],
    [{ Status: 'removing' }, 'Removal In Progress'],
    [{ Status: 'dead', Dead: true }, 'Dead'],
  ] as const)('%j is %s', (state, text) => expect(statusText({ ...base, ...state }, now)).toBe(text));

  it('quotes arguments with spaces', () => {
    expect(commandText({ Path: 'sh', Args: ['-c', 'echo a'] })).toBe("sh -c 'echo a'");
    expect(commandText({ Path: 'top', Args: [] })).toBe('top');
  });

  it('lists published and exposed ports by number', () => {
    const ports = { '443/tcp': null, '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }] };
    expect(publishedPorts(ports)).toEqual([
      { IP: '0.0.0.0', PrivatePort: 80, Type: 'tcp', PublicPort: 8080 },
      { PrivatePort: 443, Type: 'tcp' },
    ]);
  });
});

describe('filters', () => {
  const image = (digit: string, parent = '') =>
    imageDocuments(ctx).put(`sha256:${digit.repeat(64)}`, {
      Id: `sha256:${digit.repeat(64)}`,
      config: { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: [] } },
      layers: [],
      parent: parent && `sha256:${parent.repeat(64)}`,
    });
  const names = async (filters: Filters, all = true) =>
    (await list(ctx, { all, filters })).map(({ Names }) => Names[0]);

  beforeEach(() => {
    image('1');
    image('2', '1');
    addContainer(ctx, 'a', { Name: 'web', Config: { Image: 'x', Labels: { tier: 'front', empty: '' } } });
    addContainer(ctx, 'b', {
      Name: 'web-db',
      Image: `sha256:${'2'.repeat(64)}`,
      State: { Status: 'restarting', Restarting: true, ExitCode: 3 },
      Config: { Image: 'y', ExposedPorts: { '5432/tcp': {} } },
      HostConfig: { PortBindings: { '80/tcp': [{ HostIp: '', HostPort: '8080' }] } },
      Mounts: [
        {
          Type: 'volume',
          Name: 'data',
          Source: '/v/data',
          Destination: '/var/lib',
          Mode: '',
          RW: true,
          Propagation: '',
        },
      ],
      NetworkSettings: {
        Ports: { '80/tcp': [{ HostIp: '0.0.0.0', HostPort: '8080' }], '5432/tcp': null },
        Networks: { front: { NetworkID: 'abc123' } },
        SandboxKey: '',
      },
    });
    addContainer(ctx, 'c', { Name: 'job', State: { ExitCode: 3 } });
  });

  it.each<[Filters, string[]]>([
    [{}, ['/job', '/web-db', '/web']],
    [{ name: ['web'] }, ['/web-db', '/web']],
    [{ name: ['^/web$'] }, ['/web']],
    [{ name: ['^web$', 'job'] }, ['/job', '/web']],
    [{ name: ['('] }, []],
    [{ id: ['^b'] }, ['/web-db']],
    [{ label: ['tier'] }, ['/web']],
    [{ label: ['tier=front', 'empty='] }, ['/web']],
    [{ label: ['tier=back'] }, []],
    [{ status: ['exited'] }, ['/job', '/web']],
    [{ exited: ['3'] }, ['/job']], // one that waits for its restart counts as running
    [{ ancestor: ['2'.repeat(12)] }, ['/web-db']],
    [{ ancestor: ['1'.repeat(12)] }, ['/job', '/web-db', '/web']],
    [{ ancestor: ['nothing'] }, []],
    [{ before: ['web-db'] }, ['/web']],
    [{ since: ['web-db'] }, ['/job']],
    [{ volume: ['data'] }, ['/web-db']],
    [{ volume: ['/var/lib'] }, ['/web-db']],
    [{ network: ['front'] }, ['/web-db']],
    [{ network: ['abc'] }, ['/web-db']],
    [{ publish: ['8080'] }, ['/web-db']],
    [{ publish: ['8000-8100/tcp'] }, ['/web-db']],
    [{ publish: ['80', '5432', '8080/udp'] }, []],
    [{ expose: ['80'] }, ['/web-db']],
    [{ isolation: ['any'], name: ['job'] }, ['/job']],
    [{ 'is-task': ['true'] }, []],
    [{ expose: ['5000-6000/tcp'] }, ['/web-db']],
    [{ health: ['none'], name: ['job'] }, ['/job']],
    [{ 'is-task': ['false'], name: ['job'] }, ['/job']],
  ])('%j finds %j', async (filters, expected) => expect(await names(filters)).toEqual(expected));

  it('shows only what is up unless all, a limit or a status is asked for', async () => {
    expect(await names({}, false)).toEqual(['/web-db']);
    expect(await names({ status: ['exited'] }, false)).toHaveLength(2);
    expect(await list(ctx, { limit: 2 })).toHaveLength(2);
  });

  it.each<[Filters, string]>([
    [{ colour: ['red'] }, "Invalid filter 'colour'"],
    [{ status: ['up'] }, "Invalid filter 'status=up'"],
    [{ exited: ['x'] }, 'strconv.Atoi: parsing "x": invalid syntax'],
    [{ exited: [''] }, 'strconv.Atoi: parsing "": invalid syntax'],
    [
      { publish: ['http'] },
      'error while looking up for publish http: strconv.ParseUint: parsing "http": invalid syntax',
    ],
    [
      { publish: ['99999'] },
      'error while looking up for publish 99999: strconv.ParseUint: parsing "99999": value out of range',
    ],
    [
      { publish: ['80-70'] },
      'error while looking up for publish 80-70: Invalid range specified for the Port: 80-70',
    ],
    [{ publish: ['/tcp'] }, 'error while looking up for publish /tcp: Empty string specified for ports.'],
    [{ expose: ['1:80'] }, "filter for 'expose' should not contain ':': 1:80"],
    [{ health: ['fine'] }, 'Unrecognised filter value for health: fine'],
    [{ 'is-task': ['maybe'] }, "Invalid filter 'is-task=[maybe]'"],
  ])("refuses %j in Docker's words", async (filters, message) => {
    await expect(names(filters)).rejects.toMatchObject({ code: 'INVALID_ARGUMENT', message });
  });

  it('refuses a container that is not there as the end of a span', async () => {
    for (const name of ['before', 'since'])
      await expect(names({ [name]: ['nope'] })).rejects.toMatchObject({
        code: 'NOT_FOUND',
        message: 'no such container nope',
      });
  });

  it('shows the image id when its name points elsewhere', async () => {
    expect((await list(ctx, { all: true }))[0]!.Image).toBe(`sha256:${'1'.repeat(64)}`);
  });
});

describe('inspect', () => {
  it("has Docker's fields in Docker's order", async () => {
    const { Id } = addContainer(ctx, 'a', { HostConfig: { Memory: 5, Init: true } });
    const found = await inspect(ctx, Id);
    const order =
      'Id Created Path Args State Image ResolvConfPath HostnamePath HostsPath LogPath Name RestartCount Driver Platform MountLabel ProcessLabel AppArmorProfile ExecIDs HostConfig GraphDriver Mounts Config NetworkSettings';
    expect(Object.keys(found).join(' ')).toBe(order);
    expect(Object.keys(found.State).join(' ')).toBe(
      'Status Running Paused Restarting OOMKilled Dead Pid ExitCode Error StartedAt FinishedAt',
    );
    expect(found.Name).toBe('/name-a');
    expect(found['ExecIDs']).toBeNull();
    expect(found['HostConfig']).toMatchObject({
      Memory: 5,
      Init: true,
      NetworkMode: 'default',
      Binds: null,
      PidsLimit: null,
    });
    expect(found['NetworkSettings']).toMatchObject({ Bridge: '', IPAddress: '', Networks: { bridge: {} } });
    expect(found['GraphDriver']).toEqual({ Data: null, Name: 'overlay2' });
  });

  it('knows every field of the API that Linux has', async () => {
    const { Id } = addContainer(ctx, 'a');
    const host = Object.keys((await inspect(ctx, Id))['HostConfig'] as object);
    for (const name of [
      'CpuShares',
      'Dns',
      'IpcMode',
      'MemorySwappiness',
      'Privileged',
      'RestartPolicy',
      'ShmSize',
      'Ulimits',
      'VolumesFrom',
    ]) {
      expect(host).toContain(name);
    }
  });

  it('fails for what is not there in words of Docker', async () => {
    await expect(inspect(ctx, 'nope')).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'No such container: nope',
    });
  });
});
