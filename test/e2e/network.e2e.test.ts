import { execFileSync, spawn } from 'node:child_process';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { openPrivateHost, type PrivateHost } from '../support/private-host.ts';
import { canRunContainers } from '../support/requirements.ts';

/**
 * A script: the server may still be starting, and its nc may hear that we say nothing more before it has answered. Where nobody is to
 * answer, a few tries are enough: more than pass between two of a server's connections.
 */
const asking = (target: string, tries = 300) =>
  `for i in $(seq ${tries}); do nc -w 2 ${target} </dev/null 2>/dev/null | grep . && exit; sleep 0.1; done; true`;

/** Answers every TCP connection to `port` with `word`. */
const serve = (port: number, word: string) => [
  'sh',
  '-c',
  `while true; do echo ${word} | nc -l -p ${port}; done`,
];
/** Perl, which every Debian has, with its libraries: busybox has no UDP. */
const PERL = ['-v', '/usr:/usr:ro', '-v', '/usr/lib:/lib:ro', '-v', '/usr/lib64:/lib64:ro'];
const UDP_ECHO = `use IO::Socket::INET; my $s = IO::Socket::INET->new(LocalPort => 91, Proto => 'udp') or die $!;
while (1) { $s->recv(my $text, 100); $s->send("echo $text"); }`;

describe.skipIf(!canRunContainers)('container networks', () => {
  let host: PrivateHost;
  const boxtop = sharedBoxtop('network', { changes: ['EXPOSE 81/tcp', 'EXPOSE 82/udp'] });
  const servers: ReturnType<typeof spawn>[] = [];

  const ok = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await boxtop.run(args, { wrapper: host.wrapper });
    if (exitCode !== 0) throw new Error(`boxtop ${args.join(' ')}: exit ${exitCode}\n${stdout}${stderr}`);
    return stdout.trim();
  };
  const serving = (name: string, flags: string[], ...command: string[]) =>
    ok('run', '-d', '--name', name, ...flags, 'busybox', ...command);
  const say = (where: readonly string[], script: string) =>
    execFileSync(where[0]!, [...where.slice(1), 'busybox', 'sh', '-c', script], { encoding: 'utf8' }).trim();
  /** What a server says, asked from `where`. */
  const ask = (where: readonly string[], address: string, port: number | string) =>
    say(where, asking(`${address} ${port}`));
  const expectSilence = (where: readonly string[], address: string, port: number) =>
    expect(say(where, asking(`${address} ${port}`, 9))).toBe('');
  const publicPort = async (name: string, port: string) =>
    /^0\.0\.0\.0:(\d+)$/.exec(await ok('port', name, port))![1]!;

  beforeAll(() => {
    host = openPrivateHost();
  });

  afterAll(async () => {
    for (const { pid } of servers) process.kill(-pid!, 'SIGKILL'); // with the nc that waits just now
    await ok('container', 'ls', '-aq').then((ids) => ids && ok('rm', '-f', ...ids.split('\n')));
    await vi.waitFor(() => expect(host.traces()).toEqual([]), 60_000); // the kernel ends namespaces a moment later
    host.close();
  });

  it('publishes a TCP port on every address of the machine, and shows it', async () => {
    await serving(
      'web',
      ['-p', '8080:80', '-p', '127.0.0.1:8081:80', '-p', '127.0.0.1::80'],
      ...serve(80, 'web'),
    );
    for (const address of ['127.0.0.1', host.address])
      expect(await ask(host.wrapper, address, 8080)).toBe('web');
    expect(ask(host.outside, host.address, 8080)).toBe('web');
    expect(ask(host.wrapper, '127.0.0.1', 8081)).toBe('web');
    expectSilence(host.outside, host.address, 8081);
    const ports = await ok('port', 'web');
    expect(ports).toMatch(
      /^80\/tcp -> 0\.0\.0\.0:8080\n80\/tcp -> 127\.0\.0\.1:8081\n80\/tcp -> 127\.0\.0\.1:\d+$/,
    );
    expect(ask(host.wrapper, '127.0.0.1', ports.split(':').at(-1)!)).toBe('web');
    const row = await ok('ps', '--filter', 'name=web', '--format', '{{.Ports}}');
    expect(row).toContain('0.0.0.0:8080->80/tcp');
    expect(row).toContain('127.0.0.1:8081->80/tcp');
  });

  it('publishes UDP ports and ranges', async () => {
    await serving('udp', ['-p', '8090-8091:90-91/udp', ...PERL], '/usr/bin/perl', '-e', UDP_ECHO);
    expect(await ok('port', 'udp', '91/udp')).toBe('0.0.0.0:8091');
    // refused at once while the server is still starting
    const client = `for i in $(seq 100); do exec 3<>/dev/udp/${host.address}/8091; echo hi >&3
      timeout 1 head -n 1 <&3 2> /dev/null && exit; sleep 0.1; done; true`;
    const [file, ...enter] = host.outside;
    expect(execFileSync(file!, [...enter, 'bash', '-c', client], { encoding: 'utf8' })).toBe('echo hi\n');
    await ok('rm', '-f', 'udp');
  });

  it('gives every exposed port a free one of the machine with -P', async () => {
    await serving('all', ['-P'], ...serve(81, 'all'));
    const [tcp, udp] = [await publicPort('all', '81'), await publicPort('all', '82/udp')];
    for (const port of [tcp, udp]) expect(Number(port)).toSatisfy((n: number) => n >= 49_000 && n <= 49_900);
    expect(ask(host.outside, host.address, tcp)).toBe('all');
    await ok('rm', '-f', 'all');
  });

  it('refuses a port that is taken, names it, and leaves a container that starts later', async () => {
    const { exitCode, stderr } = await boxtop.run(
      ['run', '-d', '--name', 'late', '-p', '8080:80', 'busybox', 'sleep', '9'],
      {
        wrapper: host.wrapper,
      },
    );
    expect(exitCode).toBe(125);
    expect(stderr).toContain('Bind for 0.0.0.0:8080 failed: port is already allocated');
    expect(await ok('ps', '-a', '--filter', 'name=late', '--format', '{{.Status}}')).toBe('Created');
    await ok('rm', 'late');
  });

  it('lets containers of the default bridge reach each other and the outside, with the machine’s address', async () => {
    const script = 'while true; do echo outside | nc -l -p 9000; done';
    const [file, ...enter] = host.outside;
    servers.push(spawn(file!, [...enter, 'busybox', 'sh', '-c', script], { detached: true }));
    const address = await ok('inspect', '-f', '{{.NetworkSettings.IPAddress}}', 'web');
    expect(await ok('run', '--rm', 'busybox', 'sh', '-c', asking(`${address} 80`))).toBe('web');
    // outside has no route to the container's subnet: the answer comes back only to a translated address
    expect(await ok('run', '--rm', 'busybox', 'sh', '-c', asking(`${host.outsideAddress} 9000`))).toBe(
      'outside',
    );
  });

  it('keeps ports over stop, start and restart', async () => {
    await ok('stop', '-t', '0', 'web');
    expectSilence(host.wrapper, '127.0.0.1', 8080);
    expect(await ok('port', 'web')).toBe('');
    await ok('start', 'web');
    expect(ask(host.wrapper, '127.0.0.1', 8080)).toBe('web');
    await ok('restart', '-t', '0', 'web');
    expect(ask(host.outside, host.address, 8080)).toBe('web');
  });

  it('shares the network of another container, of the machine, or has none', async () => {
    const joined = ['run', '--rm', '--network', 'container:web', 'busybox'];
    expect(await ok(...joined, 'sh', '-c', asking('127.0.0.1 80'))).toBe('web');
    expect(await ok(...joined, 'hostname')).toBe(await ok('exec', 'web', 'hostname'));
    expect(await ok('run', '--rm', '--network', 'host', 'busybox', 'ip', '-o', 'address')).toContain(
      host.address,
    );
    expect(await ok('run', '--rm', '--net=none', 'busybox', 'ip', '-o', 'link')).toMatch(/^1: lo:[^\n]*$/);
    const gone = await boxtop.run(['run', '--rm', '--network', 'container:nope', 'busybox', 'true'], {
      wrapper: host.wrapper,
    });
    expect(gone).toMatchObject({ exitCode: 125, stderr: expect.stringContaining('No such container: nope') });
    const unknown = await boxtop.run(['run', '--rm', '--network', 'nope', 'busybox', 'true'], {
      wrapper: host.wrapper,
    });
    expect(unknown).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('network nope not found'),
    });
  });

  it('writes hosts, hostname and resolv.conf as asked', async () => {
    const files = await ok(
      'run',
      '--rm',
      '-h',
      'box',
      '--domainname',
      'example.test',
      '--add-host',
      'db:192.0.2.9',
      '--add-host',
      'gate:host-gateway',
      '--dns',
      '192.0.2.53',
      '--dns-search',
      'a.test',
      '--dns-opt',
      'ndots:3',
      'busybox',
      'sh',
      '-c',
      'cat /etc/hosts /etc/hostname /etc/resolv.conf; hostname; ip -4 -o address show eth0; cat /proc/sys/kernel/domainname',
    );
    const gateway = await ok('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', 'bridge');
    const address = /inet (\S+)\//.exec(files)![1];
    expect(files.split('\n')).toEqual(
      expect.arrayContaining([
        '127.0.0.1\tlocalhost',
        '192.0.2.9\tdb',
        `${gateway}\tgate`,
        `${address}\tbox.example.test box`,
        'box',
        'nameserver 192.0.2.53',
        'search a.test',
        'options ndots:3',
        'example.test',
      ]),
    );
  });

  it('lists who is in a network', async () => {
    expect(await ok('network', 'ls', '--format', '{{.Name}} {{.Driver}} {{.Scope}}')).toBe(
      'bridge bridge local\nhost host local\nnone null local',
    );
    expect(await ok('network', 'inspect', '-f', '{{range .Containers}}{{.Name}} {{end}}', 'bridge')).toBe(
      'web',
    );
  });
});
