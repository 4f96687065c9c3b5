/** Flags of `run` and `create`, one by one: what they become in the body of the create call, or how they are refused. */
import { describe, expect, it } from 'vitest';
import type { ContainerCreate } from '../../../src/engine/index.ts';
import { parseFlags } from '../../../src/ui/cli/grammar.ts';
import { containerConfig } from '../../../src/ui/cli/opts/container-config.ts';
import { runStatus } from '../../../src/ui/cli/report.ts';
import { command } from '../../../src/ui/cli/verbs/create.ts';

function body(words: readonly string[], files: { env?: string; labels?: string } = {}): ContainerCreate {
  const { flags, args } = parseFlags(command, [...words, 'image', 'cmd']);
  return containerConfig(flags, args, {
    environment: { MINE: 'here' },
    directory: '/work/here',
    envFiles: files.env === undefined ? [] : [files.env],
    labelFiles: files.labels === undefined ? [] : [files.labels],
    securityOptions: flags.list('security-opt'),
  });
}

const device = (PathOnHost: string, PathInContainer: string, CgroupPermissions: string) => ({
  HostConfig: { Devices: [{ PathOnHost, PathInContainer, CgroupPermissions }] },
});
const gpu = (request: object) => ({
  HostConfig: { DeviceRequests: [{ Driver: '', DeviceIDs: [], Options: {}, ...request }] },
});

const ACCEPTED: [flag: string, words: string[], becomes: object][] = [
  ['--attach', ['-a', 'STDOUT'], { AttachStdin: false, AttachStdout: true, AttachStderr: false }],
  ['--interactive', ['-i'], { OpenStdin: true, StdinOnce: true, AttachStdin: true }],
  ['--tty', ['-t'], { Tty: true, OpenStdin: false }],
  ['--env', ['-e', 'A=1', '-e', 'MINE', '-e', 'THEIRS'], { Env: ['A=1', 'MINE=here', 'THEIRS'] }],
  ['--entrypoint', ['--entrypoint', ''], { Entrypoint: [''] }],
  ['--label', ['-l', 'a', '-l', 'b=1', '-l', 'b=2=3'], { Labels: { a: '', b: '2=3' } }],
  ['--hostname', ['-h', 'a.b', '--domainname', 'c.d'], { Hostname: 'a.b', Domainname: 'c.d' }],
  [
    '--stop-signal',
    ['--stop-signal', 'RTMIN+3', '--stop-timeout', '-1'],
    { StopSignal: 'RTMIN+3', StopTimeout: -1 },
  ],
  ['--mac-address', ['--mac-address', '92D0.C60A.2933'], { MacAddress: '92:d0:c6:0a:29:33' }],
  ['--mac-address', ['--mac-address', ''], { Image: 'image' }],
  [
    '--publish',
    ['-p', 'target=80,published=127.0.0.1:8080,protocol=udp,mode=host'],
    { HostConfig: { PortBindings: { '80/udp': [{ HostIp: '127.0.0.1', HostPort: '8080' }] } } },
  ],
  ['--expose', ['--expose', '80/'], { ExposedPorts: { '80/tcp': {} } }],
  ['--volume', ['-v', '.cache:/c'], { HostConfig: { Binds: ['/work/here/.cache:/c'] } }],
  [
    '--cpu-shares',
    ['--cpu-shares', '0x1_0', '--stop-timeout', '010'],
    { StopTimeout: 8, HostConfig: { CpuShares: 16 } },
  ],
  ['--expose', ['--expose', '8000-8001/udp'], { ExposedPorts: { '8000/udp': {}, '8001/udp': {} } }],
  ['--device', ['--device', '/dev/fuse'], device('/dev/fuse', '/dev/fuse', 'rwm')],
  ['--device', ['--device', '/dev/fuse:rm'], device('/dev/fuse', '/dev/fuse', 'rm')],
  ['--device', ['--device', '/dev/fuse:/dev/f:w'], device('/dev/fuse', '/dev/f', 'w')],
  ['--gpus', ['--gpus', 'all'], gpu({ Count: -1, Capabilities: [['gpu']] })],
  [
    '--gpus',
    ['--gpus', '"device=0,1",capabilities=utility'],
    gpu({ Count: 0, DeviceIDs: ['0', '1'], Capabilities: [['utility', 'gpu']] }),
  ],
  [
    '--device-cgroup-rule',
    ['--device-cgroup-rule', 'c *:* rm'],
    { HostConfig: { DeviceCgroupRules: ['c *:* rm'] } },
  ],
  ['--isolation', ['--isolation', 'default'], { HostConfig: { Isolation: 'default' } }],
  ['--ipc', ['--ipc', 'container:web'], { HostConfig: { IpcMode: 'container:web' } }],
  [
    '--pid',
    ['--pid', 'host', '--uts', 'host', '--userns', 'host'],
    { HostConfig: { PidMode: 'host', UTSMode: 'host', UsernsMode: 'host' } },
  ],
  ['--storage-opt', ['--storage-opt', 'size=1G'], { HostConfig: { StorageOpt: { size: '1G' } } }],
  ['--volume-driver', ['--volume-driver', 'local'], { HostConfig: { VolumeDriver: 'local' } }],
  [
    '--sysctl',
    ['--sysctl', 'net.core.somaxconn=9'],
    { HostConfig: { Sysctls: { 'net.core.somaxconn': '9' } } },
  ],
  [
    '--ulimit',
    ['--ulimit', 'cpu=5', '--ulimit', 'cpu=6:7'],
    { HostConfig: { Ulimits: [{ Name: 'cpu', Soft: 6, Hard: 7 }] } },
  ],
  ['--tmpfs', ['--tmpfs', '/t:size=1m', '--tmpfs', '/t'], { HostConfig: { Tmpfs: { '/t': '' } } }],
  [
    '--network',
    ['--network', 'host', '--network', 'none'],
    { NetworkingConfig: { EndpointsConfig: { host: {}, none: {} } } },
  ],
  [
    '--link-local-ip',
    ['--network', 'n', '--link-local-ip', '169.254.1.2'],
    { NetworkingConfig: { EndpointsConfig: { n: { IPAMConfig: { LinkLocalIPs: ['169.254.1.2'] } } } } },
  ],
  ['--link', ['--link', 'db', '--link', 'db:store'], { HostConfig: { Links: ['db:db', 'db:store'] } }],
  [
    '--link on a network',
    ['--network', 'n', '--link', 'db:store', '--network-alias', 'web', '--ip', '10.0.0.9'],
    {
      NetworkingConfig: {
        EndpointsConfig: {
          n: { Links: ['db:store'], Aliases: ['web'], IPAMConfig: { IPv4Address: '10.0.0.9' } },
        },
      },
    },
  ],
  [
    '--security-opt',
    ['--security-opt', 'no-new-privileges:true', '--security-opt', 'systempaths=unconfined'],
    { HostConfig: { SecurityOpt: ['no-new-privileges:true'], MaskedPaths: [], ReadonlyPaths: [] } },
  ],
];

const REFUSED: [words: string[], says: string][] = [
  [['--network', 'bridge', '--link', 'db'], 'links are only supported for user-defined networks'],
  [['--network', 'host', '--link', 'db'], 'links are only supported for user-defined networks'],
  [
    ['--network', 'default', '--network-alias', 'web'],
    'network-scoped aliases are only supported for user-defined networks',
  ],
  [['--link', 'a:b:c'], 'invalid argument "a:b:c" for "--link" flag: bad format for links: a:b:c'],
  [['--link', ''], 'invalid argument "" for "--link" flag: empty string specified for links'],
  [['--userns', 'private'], '--userns: invalid USER mode'],
  [
    ['-a', 'foo'],
    'invalid argument "foo" for "-a, --attach" flag: valid streams are STDIN, STDOUT and STDERR',
  ],
  [['-e', ''], 'invalid argument "" for "-e, --env" flag: invalid environment variable: '],
  [['-e', '=x'], 'invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x'],
  [['-l', ' =x'], 'invalid argument " =x" for "-l, --label" flag: invalid label \' =x\': empty name'],
  [['--device', ''], 'bad format for path: '],
  [['--device', '/a:/b:r:w'], 'bad format for path: /a:/b:r:w'],
  [['--device', '/a:/b:x'], 'bad mode specified: x'],
  [['--device', '/a:/b:rr'], 'bad mode specified: rr'],
  [['--device', '/a:rwx'], 'rwx is not an absolute path'],
  [['--device', 'a'], 'a is not an absolute path'],
  [
    ['--device-cgroup-rule', 'x 1:1 r'],
    'invalid argument "x 1:1 r" for "--device-cgroup-rule" flag: invalid device cgroup format \'x 1:1 r\'',
  ],
  [['--gpus', ''], 'invalid argument "" for "--gpus" flag: EOF'],
  [
    ['--gpus', 'many'],
    'invalid argument "many" for "--gpus" flag: invalid count (many): value must be either "all" or an integer: invalid syntax',
  ],
  [['--gpus', 'a=b'], 'invalid argument "a=b" for "--gpus" flag: unexpected key \'a\' in \'a=b\''],
  [
    ['--gpus', 'driver=a,driver=b'],
    'invalid argument "driver=a,driver=b" for "--gpus" flag: gpu request key \'driver\' can be specified only once',
  ],
  [['--pid', 'private'], '--pid: invalid PID mode'],
  [['--pid', 'container:'], '--pid: invalid PID mode'],
  [['--uts', 'container:x'], '--uts: invalid UTS mode'],
  [['--userns', 'private'], '--userns: invalid USER mode'],
  [['--cgroupns', 'foo'], '--cgroupns: invalid CGROUP mode'],
  [['--security-opt', 'seccomp='], 'Invalid --security-opt: "seccomp="'],
  [['--security-opt', 'foo'], 'Invalid --security-opt: "foo"'],
  [['--security-opt', ''], 'Invalid --security-opt: ""'],
  [['--storage-opt', 'size'], 'invalid storage option'],
  [
    ['--sysctl', 'vm.swappiness=1'],
    'invalid argument "vm.swappiness=1" for "--sysctl" flag: sysctl \'vm.swappiness=1\' is not allowed',
  ],
  [
    ['--sysctl', 'net.core.somaxconn'],
    'invalid argument "net.core.somaxconn" for "--sysctl" flag: sysctl \'net.core.somaxconn\' is not allowed',
  ],
  [
    ['--ulimit', 'nofile=-1:5'],
    'invalid argument "nofile=-1:5" for "--ulimit" flag: ulimit soft limit must be less than or equal to hard limit: soft: -1 (unlimited), hard: 5',
  ],
  [['--ulimit', 'foo=1'], 'invalid argument "foo=1" for "--ulimit" flag: invalid ulimit type: foo'],
  [
    ['--stop-timeout', '9'.repeat(20)],
    `invalid argument "${'9'.repeat(20)}" for "--stop-timeout" flag: strconv.ParseInt: parsing "${'9'.repeat(20)}": value out of range`,
  ],
  [['-p', 'target=80,published'], "invalid publish opts format (should be name=value but got 'published')"],
  [['--network', ''], 'no name set for network'],
  [
    ['--stop-timeout', '08'],
    'invalid argument "08" for "--stop-timeout" flag: strconv.ParseInt: parsing "08": invalid syntax',
  ],
  [
    ['--stop-timeout', '1s'],
    'invalid argument "1s" for "--stop-timeout" flag: strconv.ParseInt: parsing "1s": invalid syntax',
  ],
  [
    ['--init=perhaps'],
    'invalid argument "perhaps" for "--init" flag: strconv.ParseBool: parsing "perhaps": invalid syntax',
  ],
  [['--mac-address', '92:d0:c6:0a:29'], '92:d0:c6:0a:29 is not a valid mac address'],
  [
    ['--add-host', 'a:999.1.1.1'],
    'invalid argument "a:999.1.1.1" for "--add-host" flag: invalid IP address in add-host: "999.1.1.1"',
  ],
  [['--dns', 'foo'], 'invalid argument "foo" for "--dns" flag: IP address is not correctly formatted: foo'],
  [
    ['--mount', 'type=bind,src=/a'],
    'invalid argument "type=bind,src=/a" for "--mount" flag: target is required',
  ],
  [['--log-driver', 'none', '--log-opt', 'a=b'], 'invalid logging opts for driver none'],
];

describe('flags of run and create', () => {
  it.each(ACCEPTED)('%s becomes what Docker makes of it: %j', (_, words, becomes) => {
    expect(body(words)).toMatchObject(becomes);
  });

  it.each(REFUSED)('%j is refused in words of Docker', (words, says) => {
    expect(() => body(words)).toThrow(expect.objectContaining({ message: says }));
  });

  it('reads env files with a byte order mark, comments and line ends of other systems', () => {
    const env = '\u{feff}A=1\r\n# no\n\n  B=2  \nMINE\nTHEIRS\nC="q"\nD=\n';
    expect(body(['-e', 'A=9'], { env }).Env).toEqual(['A=1', 'B=2  ', 'MINE=here', 'C="q"', 'D=', 'A=9']);
  });

  it('takes no label without a value from a file, and the command line’s over the file’s', () => {
    expect(body(['-l', 'a=2'], { labels: 'a=1\nMINE\nb=\n' }).Labels).toEqual({ a: '2', b: '' });
  });

  it('leaves a mac address out that is empty', () => {
    expect(body(['--mac-address', ''])).not.toHaveProperty('MacAddress');
  });

  it.each([
    ['exec: "x": executable file not found in $PATH', 127],
    ['custom device "/dev/x": no such file or directory', 127],
    ['exec: "/etc": permission denied', 126],
    ['Conflict. The container name "/x" is already in use', 125],
  ])('ends run with the status that the text stands for: %s', (text, status) => {
    expect(runStatus(text)).toBe(status);
  });
});
