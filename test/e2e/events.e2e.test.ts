import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN, sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

interface DockerEvent {
  status?: string;
  id?: string;
  from?: string;
  Type: string;
  Action: string;
  Actor: { ID: string; Attributes: Record<string, string> };
  scope: string;
  time: number;
  timeNano: number;
}

describe.skipIf(!canRunContainers)('events', () => {
  const boxtop = sharedBoxtop('events');
  const history = async (...args: string[]): Promise<DockerEvent[]> => {
    const text = await boxtop.ok(
      'events',
      '--since',
      '1h',
      '--until',
      '0s',
      '--format',
      '{{json .}}',
      ...args,
    );
    return text
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line) as DockerEvent);
  };
  const lines = (events: readonly DockerEvent[]) =>
    events.map(({ Type, Action, Actor: { ID, Attributes } }) => {
      const { image: _, ...rest } = Attributes;
      const words = Object.entries(rest).map(([name, value]) => `${name}=${value}`);
      return [Type, Action, Type === 'volume' ? ID : '', ...words]
        .filter(Boolean)
        .join(' ')
        .replace(/[0-9a-f]{64}/g, 'ID');
    });

  it("tell a container's life as Docker does", async () => {
    await boxtop.ok('create', '--name', 'one', '-l', 'k=v', '-v', 'data:/v', 'busybox', 'sleep', '1000');
    await boxtop.ok('start', 'one');
    await boxtop.ok('exec', 'one', 'echo', 'a', 'b');
    await boxtop.ok('pause', 'one');
    await boxtop.ok('unpause', 'one');
    await boxtop.ok('rename', 'one', 'two');
    await boxtop.ok('top', 'two');
    writeFileSync(join(boxtop.work, 'file'), '');
    await boxtop.ok('cp', join(boxtop.work, 'file'), 'two:/tmp/');
    await boxtop.ok('cp', 'two:/tmp/file', boxtop.work);
    await boxtop.ok('commit', '-m', 'why', '-p=false', 'two');
    await boxtop.ok('kill', 'two');
    await boxtop.ok('wait', 'two');
    await boxtop.ok('start', 'two');
    await boxtop.ok('restart', '-t', '0', 'two');
    await boxtop.ok('rm', '-f', 'two');
    await boxtop.ok('volume', 'rm', 'data');
    const network = (action: string) => `network ${action} container=ID name=bridge type=bridge`;
    const volume = 'volume mount data container=ID destination=/v driver=local propagation= read/write=true';
    const started = (name: string) => [network('connect'), volume, `container start k=v name=${name}`];
    const died = (exitCode: number) => [
      `container die exitCode=${exitCode} k=v name=two`,
      network('disconnect'),
      'volume unmount data container=ID driver=local',
    ];
    const copied = (...between: string[]) => [
      'volume mount data container=ID destination=/v driver=local propagation= read/write=true',
      ...between,
      'volume unmount data container=ID driver=local',
    ];
    const exec = (action: string) => `container exec_${action} execID=ID k=v name=one`;
    expect(lines(await history()).filter((line) => !line.startsWith('image'))).toEqual([
      'volume create data driver=local',
      'container create k=v name=one',
      ...started('one'),
      exec('create: echo a b'),
      exec('start: echo a b'),
      'container exec_die execID=ID exitCode=0 k=v name=one',
      'container pause k=v name=one',
      'container unpause k=v name=one',
      'container rename k=v name=two oldName=/one',
      'container top k=v name=two',
      ...copied(),
      ...copied('container extract-to-dir k=v name=two'),
      ...copied('container archive-path k=v name=two'),
      'container commit comment=why imageID=sha256:ID imageRef= k=v name=two',
      'container kill k=v name=two signal=9',
      ...died(137),
      ...started('two'),
      'container kill k=v name=two signal=15',
      'container kill k=v name=two signal=9',
      ...died(137),
      'container stop k=v name=two',
      ...started('two'),
      'container restart k=v name=two',
      'container kill k=v name=two signal=9',
      ...died(137),
      'container destroy k=v name=two',
      'volume destroy data driver=local',
    ]);
  });

  it('tell what is attached, what fails, and prunes', async () => {
    await boxtop.run(['run', '--rm', '--name', 'bad', '--network', 'host', 'busybox', '/nonexistent']);
    expect(lines(await history('-f', 'container=bad'))).toEqual([
      'container create name=bad',
      'container attach name=bad',
      'container destroy name=bad',
    ]);
    expect(lines(await history('-f', 'network=host')).map((line) => line.split(' ')[1])).toEqual([
      'connect',
      'disconnect',
    ]);
    await boxtop.ok('container', 'prune', '-f', '--filter', 'label=none');
    await boxtop.ok('volume', 'prune', '-f', '--filter', 'label=none');
    expect(lines(await history('-f', 'event=prune'))).toEqual([
      'container prune reclaimed=0',
      'volume prune reclaimed=0',
    ]);
  });

  it('tell who comes and leaves while a container goes on', async () => {
    const flags = ['--name', 'shell', '--network', 'none', '--detach-keys', 'ctrl-x'];
    const client = boxtop.terminal(['run', '-it', ...flags, 'busybox', 'cat']);
    client.type('echo me\r');
    await client.waitFor(/(echo me[\s\S]*){2}/);
    client.type('\x18');
    expect(await client.exitCode).toBe(0);
    const again = boxtop.terminal(['attach', '--detach-keys', 'ctrl-x', 'shell']);
    again.type('twice\r');
    await again.waitFor(/(twice[\s\S]*){2}/);
    again.type('\x18');
    await again.exitCode;
    const inside = boxtop.terminal(['exec', '-it', '--detach-keys', 'ctrl-x', 'shell', 'cat']);
    inside.type('in\r');
    await inside.waitFor(/(in[\s\S]*){2}/);
    inside.type('\x18');
    expect(await inside.exitCode).toBe(1);
    await boxtop.ok('exec', 'shell', 'true');
    expect((await boxtop.run(['exec', 'shell', 'nosuch'])).exitCode).toBe(127);
    await boxtop.ok('rm', '-f', 'shell');
    const actions = (await history('-f', 'container=shell')).map(({ Action }) => Action);
    expect(actions.filter((action) => action !== 'resize')).toEqual([
      'create',
      'attach',
      'start',
      'detach',
      'attach',
      'detach',
      'exec_create: cat ',
      'exec_start: cat ',
      'exec_detach',
      'exec_create: true ',
      'exec_start: true ',
      'exec_die',
      'exec_create: nosuch ',
      'exec_start: nosuch ',
      'kill',
      'exec_die',
      'die',
      'destroy',
    ]);
  });

  it("have Docker's fields, filters and times", async () => {
    await boxtop.ok('create', '--name', 'web', '-l', 'a=1', '-l', 'b=2', 'busybox');
    await boxtop.ok('rm', 'web');
    const [created] = await history('-f', 'container=we', '-f', 'event=create');
    expect(Object.keys(created!).join(' ')).toBe('status id from Type Action Actor scope time timeNano');
    expect(created).toMatchObject({
      status: 'create',
      from: 'busybox',
      scope: 'local',
      id: created!.Actor.ID,
    });
    expect(Math.floor(created!.timeNano / 1e9)).toBe(created!.time);
    const count = async (...args: string[]) => (await history('-f', 'container=web', ...args)).length;
    expect(await count('-f', 'label=a', '-f', 'label=b=2')).toBe(2);
    expect(await count('-f', 'label=a', '-f', 'label=b=3')).toBe(0);
    expect(await count('-f', 'event=create', '-f', 'event=destroy')).toBe(2);
    expect(await count('-f', 'type=image')).toBe(0);
    expect(await count('-f', 'image=busybox', '-f', 'scope=local')).toBe(2);
    expect(await count('-f', 'node=x')).toBe(0);
    const at = ['--since', String(created!.time), '--until', `${created!.time + 3600}`];
    const since = boxtop.start([
      'events',
      ...at,
      '-f',
      'container=web',
      '--format',
      '{{.Status}} {{.From}} {{.Actor.Attributes.a}}',
    ]);
    await since.said(/create busybox 1\ndestroy busybox 1\n/);
    since.kill('SIGINT');
    expect((await since.ended).exitCode).toBe(130);
    const shown = await boxtop.run(
      ['events', '--since', '1h', '--until', '0s', '-f', 'container=web', '-f', 'event=create'],
      {
        env: { TZ: 'Asia/Kolkata' },
      },
    );
    expect(shown.stdout).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{9}\+05:30 container create [0-9a-f]{64} \(a=1, b=2, image=busybox, name=web\)\n$/,
    );
  });

  it("refuse in Docker's words", async () => {
    const refused = async (...args: string[]) => {
      const { exitCode, stderr } = await boxtop.run(['events', ...args]);
      return `${exitCode} ${stderr.split('\nHint')[0]!.trim()}`;
    };
    expect(await refused('--since', 'nope')).toBe('1 failed to parse value as time or duration: "nope"');
    expect(await refused('--since', '2026-01-02', '--until', '2026-01-01T00:00:00Z')).toMatch(
      /^1 Error response from daemon: `since` time \(\d+\.000000000\) cannot be after `until` time \(1767225600\.000000000\)$/,
    );
    expect(await refused('-f', 'foo=1')).toBe("1 Error response from daemon: Invalid filter 'foo'");
    expect(await refused('--format', '{{.Nope}}')).toBe(
      '64 Error parsing format: template: :1:2: executing "" at <.Nope>: can\'t evaluate field Nope in type *events.Message',
    );
  });

  it('reach a follower completely and in order while eight processes write and another reader has stopped', async () => {
    // far more than a pipe holds
    const wide = ['--since', '1h', '--format', '{{printf "%9999s" .ID}}'];
    const silent = spawn(BIN, ['--root', boxtop.root, 'events', ...wide], {
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const following = boxtop.start(['events', '-f', 'type=volume', '--format', '{{.Action}} {{.Actor.ID}}']);
    let isFollowing = false;
    const heard = following.said(/create probe/).then(() => {
      isFollowing = true;
    });
    for (let i = 0; !isFollowing; i++) await boxtop.ok('volume', 'create', `probe${i}`);
    await heard;
    const writer = async (writes: number) => {
      for (let i = 0; i < 2; i++) {
        await boxtop.ok('volume', 'create', `w${writes}n${i}`);
        await boxtop.ok('volume', 'rm', `w${writes}n${i}`);
      }
    };
    await Promise.all(Array.from({ length: 8 }, (_, i) => writer(i)));
    await boxtop.ok('volume', 'create', 'last');
    await following.said(/create last/);
    following.kill('SIGINT');
    const { stdout } = await following.ended;
    for (let writes = 0; writes < 8; writes++) {
      const own = stdout.split('\n').filter((line) => line.includes(` w${writes}n`));
      const expected = [0, 1].flatMap((i) => [`create w${writes}n${i}`, `destroy w${writes}n${i}`]);
      expect(own).toEqual(expected);
    }
    expect(silent.exitCode).toBeNull();
    silent.kill('SIGKILL');
  });
});
