/** The flags of `run` and `create`: what Docker has, with what boxtop can't do yet marked so. */
import { readDuration } from '../../engine/index.ts';
import { bool, type Flag, int, list, text } from './flags.ts';
import { parseAddHost, parseDnsSearch, parseIpAddress, parseLink } from './opts/addresses.ts';
import { checkDeviceRule, parseGpus } from './opts/devices.ts';
import { checkSysctl } from './opts/isolation.ts';
import { checkLabel, parseEnv } from './opts/key-values.ts';
import { parseMount } from './opts/mount.ts';
import { parseNetwork } from './opts/network.ts';
import { parseUlimit } from './opts/ulimit.ts';
import { RESOURCE_FLAGS } from './resource-flags.ts';

const as = (word: string, flag: Flag, check?: Flag['check']): Flag => ({
  ...flag,
  word,
  ...(check && { check }),
});
const checked = (flag: Flag, check: Flag['check']): Flag => ({ ...flag, check });

const STREAMS = new Set(['stdin', 'stdout', 'stderr']);
const checkStream = (value: string) => {
  if (!STREAMS.has(value.toLowerCase())) throw new Error('valid streams are STDIN, STDOUT and STDERR');
};

const PROCESS: Flag[] = [
  checked(list('attach', 'Attach to STDIN, STDOUT or STDERR', 'a'), checkStream),
  text('entrypoint', "Replace the image's ENTRYPOINT"),
  checked(list('env', 'Set an environment variable', 'e'), (value) => parseEnv(value, {})),
  list('env-file', 'Read environment variables from a file'),
  bool('init', 'Run an init in the container that passes signals on and reaps processes'),
  bool('interactive', 'Keep STDIN open even if not attached', 'i'),
  bool('tty', 'Allocate a pseudo-TTY', 't'),
  text('user', 'Name or id, <name|uid>[:<group|gid>]', 'u'),
  text('workdir', 'Working directory inside the container', 'w'),
  list('group-add', 'Join an additional group'),
  { ...text('stop-signal', 'Signal that stops the container'), default: '"SIGTERM"' },
  int('stop-timeout', 'Seconds to wait before the container is killed'),
  as('ulimit', list('ulimit', 'Set a ulimit'), parseUlimit),
  int('oom-score-adj', "Tune the host's OOM preferences (-1000 to 1000)"),
];

const IDENTITY: Flag[] = [
  text('cidfile', 'Write the container id to a file'),
  text('domainname', 'NIS domain name'),
  text('hostname', 'Host name', 'h'),
  checked(list('label', 'Set a label', 'l'), checkLabel),
  list('label-file', 'Read labels from a file'),
  text('name', 'Name of the container'),
  text('platform', 'Platform of the image, os/arch[/variant]'),
  { ...text('pull', 'Pull the image before ("always"|"missing"|"never")'), default: '"missing"' },
  bool('quiet', 'Show no progress of a pull', 'q'),
  bool('rm', 'Remove the container when it exits'),
  {
    ...text('restart', 'When to start it again: no, always, unless-stopped, on-failure[:n]'),
    default: '"no"',
  },
  text('log-driver', 'Logging driver'),
  list('log-opt', 'Option of the logging driver'),
  text('runtime', 'OCI runtime to use'),
];

const ISOLATION: Flag[] = [
  list('cap-add', 'Add a capability'),
  list('cap-drop', 'Drop a capability'),
  text('cgroupns', 'Cgroup namespace (host|private)'),
  list('device', 'Add a device of the host'),
  checked(list('device-cgroup-rule', 'Add a rule to the list of allowed devices'), checkDeviceRule),
  { ...checked(list('gpus', ''), parseGpus), isHidden: true },
  text('ipc', 'IPC namespace'),
  { ...text('isolation', ''), isHidden: true },
  text('pid', 'PID namespace'),
  bool('privileged', 'Give all privileges to the container'),
  { ...text('userns', ''), isHidden: true },
  bool('read-only', "Mount the container's root read only"),
  list('security-opt', 'Security option'),
  as('map', list('sysctl', 'Set a sysctl'), checkSysctl),
  text('uts', 'UTS namespace'),
];

const HEALTH: Flag[] = [
  text('health-cmd', 'Command that checks the health'),
  as('duration', text('health-interval', 'Time from one check to the next'), readDuration),
  as('action', text('health-on-failure', 'What to do when unhealthy (none|kill|restart|stop)')),
  int('health-retries', 'Failures in a row that make it unhealthy'),
  as('duration', text('health-start-period', 'Time in which failures do not count'), readDuration),
  as('duration', text('health-timeout', 'Time a check may take'), readDuration),
  bool('no-healthcheck', "Don't check, whatever the image says"),
];

const FILES: Flag[] = [
  as('mount', list('mount', 'Attach a mount'), (value) => parseMount(value, '/')),
  list('tmpfs', 'Mount a tmpfs'),
  { ...list('storage-opt', ''), isHidden: true },
  list('volume', 'Bind mount a volume or a folder', 'v'),
  text('volume-driver', 'Driver of the volumes that are made'),
  list('volumes-from', 'Mount the volumes of another container'),
];

const NETWORK: Flag[] = [
  checked(list('add-host', 'Add a line to /etc/hosts (host:ip)'), parseAddHost),
  checked(list('dns', 'Use a DNS server'), parseIpAddress),
  list('dns-option', 'Set a DNS option'),
  { ...list('dns-opt', ''), isHidden: true },
  checked(list('dns-search', 'Set a DNS search domain'), parseDnsSearch),
  list('expose', 'Expose a port or a range'),
  text('ip', 'IPv4 address'),
  text('ip6', 'IPv6 address'),
  checked(list('link', 'Link to another container'), parseLink),
  { ...list('link-local-ip', ''), isHidden: true },
  text('mac-address', 'MAC address'),
  as('network', list('network', 'Connect to a network'), parseNetwork),
  { ...list('net', ''), isHidden: true, check: parseNetwork },
  list('network-alias', 'Name of the container on its network'),
  { ...list('net-alias', ''), isHidden: true },
  list('publish', "Publish a container's port to the host", 'p'),
  bool('publish-all', 'Publish all exposed ports to random ports', 'P'),
];

/** Taken, and without a meaning here. */
const IDLE: Flag[] = [{ name: 'disable-content-trust', type: 'bool', help: '', isHidden: true }];

/** What `run` and `create` share. */
export const CONTAINER_FLAGS: readonly Flag[] = [
  ...PROCESS,
  ...IDENTITY,
  ...ISOLATION,
  ...HEALTH,
  ...RESOURCE_FLAGS,
  ...FILES,
  ...NETWORK,
  ...IDLE,
];
