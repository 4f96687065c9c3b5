import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('ps', () => {
  const boxtop = sharedBoxtop('ps', { changes: ['CMD ["sh"]', 'LABEL base=yes'] });
  const names = async (...args: string[]) =>
    (await boxtop.ok('ps', '-a', '--format', '{{.Names}}', ...args)).split('\n').filter(Boolean);
  const refused = async (...args: string[]) =>
    (await boxtop.run(['ps', ...args])).stderr.split('\nHint:')[0]!.trim();

  beforeAll(async () => {
    await boxtop.ok('tag', 'busybox', 'other:1');
    const long = ['sh', '-c', 'echo a very long "command" 容器容器容器'];
    await boxtop.ok('create', '--name', 'made', '-l', 'a=b', '-l', 'c=x,y', '-p', '80', 'busybox', ...long);
    await boxtop.ok(
      ...[
        'run',
        '-d',
        '--name',
        'up',
        '-p',
        '127.0.0.1:27180-27182:80-82',
        '-p',
        '127.0.0.1:27190-27191:27190-27191/udp',
      ],
      ...[
        '--expose',
        '443',
        '-v',
        'data:/v',
        '-v',
        '/opt:/o',
        '--health-cmd',
        'true',
        '--health-interval',
        '1h',
      ],
      ...['busybox', 'sleep', '1000'],
    );
    await boxtop.run([
      'run',
      '--name',
      'gone',
      '--network',
      'none',
      'other:1',
      'sh',
      '-c',
      'head -c 5000 /dev/zero > /f; exit 4',
    ]);
    await boxtop.ok(
      'run',
      '-d',
      '--name',
      'held',
      '--network',
      'host',
      '-l',
      'a=z',
      'busybox',
      'sleep',
      '1000',
    );
    await boxtop.ok('pause', 'held');
  });

  it.each<[string[], string[]]>([
    [[], ['held', 'gone', 'up', 'made']],
    [['-f', 'status=created'], ['made']],
    [
      ['-f', 'status=exited', '-f', 'status=paused'],
      ['held', 'gone'],
    ],
    [['-f', 'exited=4'], ['gone']],
    [['-f', 'name=^/?up$'], ['up']],
    [['-f', 'name=/up'], ['up']],
    [['-f', 'name=['], []],
    [
      ['-f', 'label=a'],
      ['held', 'made'],
    ],
    [['-f', 'label=a', '-f', 'label=c=x,y'], ['made']],
    [
      ['-f', 'label=base=yes'],
      ['held', 'gone', 'up', 'made'],
    ],
    [
      ['-f', 'ancestor=other:1'],
      ['held', 'gone', 'up', 'made'],
    ],
    [['-f', 'ancestor=nope'], []],
    [['-f', 'volume=data'], ['up']],
    [['-f', 'volume=/v'], ['up']],
    [['-f', 'volume=/opt'], ['up']],
    [['-f', 'network=none'], ['gone']],
    [
      ['-f', 'network=bridge'],
      ['up', 'made'],
    ],
    [
      ['-f', 'before=gone'],
      ['up', 'made'],
    ],
    [
      ['-f', 'since=made', '-f', 'before=held'],
      ['gone', 'up'],
    ],
    [['-f', 'publish=27180'], ['up']],
    [['-f', 'publish=80'], []],
    [['-f', 'publish=27190-27200/udp'], ['up']],
    [['-f', 'expose=80'], ['up']],
    [['-f', 'expose=443/tcp'], ['up']],
    [['-f', 'is-task=false', '-f', 'isolation=default', '-f', 'NAME=up', '-f', ''], ['up']],
    [
      ['-f', 'health=none'],
      ['held', 'gone', 'made'],
    ],
    [
      ['-n', '2'],
      ['held', 'gone'],
    ],
    [['-l'], ['held']],
  ])('%j shows %j', async (args, expected) => expect(await names(...args)).toEqual(expected));

  it('shows what is up, unless a status is asked for', async () => {
    const shown = async (...args: string[]) =>
      (await boxtop.ok('ps', '--format', '{{.Names}}', ...args)).split('\n');
    expect(await shown()).toEqual(['held', 'up']);
    expect(await shown('-f', 'status=exited')).toEqual(['gone']);
    expect(await shown('-f', 'exited=4')).toEqual(['']);
  });

  it("prints Docker's columns and cells", async () => {
    const format =
      '{{.Names}}|{{.Command}}|{{.Ports}}|{{.State}}|{{.Labels}}|{{.Label "a"}}|{{.Mounts}}|{{.LocalVolumes}}|{{.Networks}}|{{.Image}}';
    expect((await boxtop.ok('ps', '-a', '--format', format)).split('\n')).toEqual([
      'held|"sleep 1000"||paused|a=z,base=yes|z||0|host|busybox',
      'gone|"sh -c \'head -c 5000…"||exited|base=yes|||0|none|other:1',
      'up|"sleep 1000"|443/tcp, 127.0.0.1:27190-27191->27190-27191/udp, 127.0.0.1:27180->80/tcp, 127.0.0.1:27181->81/tcp, 127.0.0.1:27182->82/tcp|running|base=yes||/opt,data|1|bridge|busybox',
      'made|"sh -c \'echo a very …"||created|a=b,base=yes,c=x,y|b||0|bridge|busybox',
    ]);
    const table = (await boxtop.ok('ps', '-a', '-s')).split('\n');
    expect(table[0]).toMatch(/^CONTAINER ID +IMAGE +COMMAND +CREATED +STATUS +PORTS +NAMES +SIZE$/);
    expect(table[1]).toMatch(/Up .* \(Paused\) +held +0B \(virtual /);
    expect(table[2]).toMatch(/Exited \(4\) .* ago +gone +5(\.\d+)?kB \(virtual /);
    expect(
      await boxtop.ok('ps', '-a', '--no-trunc', '-f', 'name=made', '--format', '{{.ID}} {{.Command}}'),
    ).toMatch(/^[0-9a-f]{64} "sh -c 'echo a very long \\"command\\" 容器容器容器'"$/);
    expect(await boxtop.ok('ps', '-aq', '-f', 'name=made')).toMatch(/^[0-9a-f]{12}$/);
  });

  it('prints tables, JSON and raw lines as formats say, also the one of the configuration', async () => {
    const only = ['ps', '-a', '-f', 'name=made'];
    expect(
      await boxtop.ok(
        ...only,
        '--format',
        'table {{upper .Names}}\\t{{.Label "com.example.my-label_x"}}\\t{{json .State}}',
      ),
    ).toBe('NAMES     my label x   STATE\nMADE                   "created"');
    const keys =
      'Command CreatedAt ID Image Labels LocalVolumes Mounts Names Networks Ports RunningFor Size State Status';
    for (const format of ['json', '{{json .}}'])
      expect(Object.keys(JSON.parse(await boxtop.ok(...only, '--format', format)) as object).join(' ')).toBe(
        keys,
      );
    expect(await boxtop.ok(...only, '--format', 'raw')).toMatch(
      /^container_id: [0-9a-f]{12}\nimage: busybox\ncommand: "sh .*"\ncreated_at: \d.*\nstate: created\nstatus: Created\nnames: made\nlabels: a=b,base=yes,c=x,y\nports:$/,
    );
    const DOCKER_CONFIG = join(boxtop.work, 'client');
    mkdirSync(DOCKER_CONFIG);
    writeFileSync(join(DOCKER_CONFIG, 'config.json'), '{"psFormat":"table {{.Names}}\\\\t{{.State}}"}');
    const env = { DOCKER_CONFIG };
    expect((await boxtop.run(only, { env })).stdout).toBe('NAMES     STATE\nmade      created\n');
    expect((await boxtop.run([...only, '--format', '{{.Image}}'], { env })).stdout).toBe('busybox\n');
    expect((await boxtop.run([...only, '-q'], { env })).stdout).toMatch(/^[0-9a-f]{12}\n$/);
    writeFileSync(join(DOCKER_CONFIG, 'config.json'), '{"auths": secret');
    const broken = await boxtop.run([...only, '--format', ''], { env });
    expect(broken).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('CONTAINER ID') });
    expect(broken.stderr).toMatch(/^WARNING: Error loading config file: \S+: no JSON\n$/);
  });

  it("refuses bad filters and formats in Docker's words", async () => {
    expect(await refused('-f', 'nope=1')).toBe("Error response from daemon: Invalid filter 'nope'");
    expect(await refused('-f', 'before=nope')).toBe('Error response from daemon: no such container nope');
    expect(await refused('-f', 'publish=http')).toBe(
      'Error response from daemon: error while looking up for publish http: strconv.ParseUint: parsing "http": invalid syntax',
    );
    expect(await refused('-f', 'name')).toContain('bad format of filter (expected name=value)');
    expect(await refused('--format', '{{.Nope}}', '-a')).toBe(
      'failed to execute template: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *formatter.ContainerContext',
    );
    expect(await refused('--format', '{{.Names', '-a')).toBe(
      'failed to parse template: template: :1: unclosed action',
    );
  });
});
