/** What flags of `run` do inside a container, how odd values end, and what a runtime that fails leaves: nothing. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { changesNothing, refused } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

const NONE = ['--network', 'none'];
const RUN = ['run', '--rm', ...NONE];

/** Flags, command, and what it prints. */
type Effect = [flags: string[], command: string[], prints: string | RegExp];

const EFFECTS: Effect[] = [
  [
    ['--device', '/dev/loop-control:/dev/mine:r'],
    ['sh', '-c', '(exec 3</dev/mine) && echo read; (exec 3>/dev/mine) || echo held'],
    'read\nheld',
  ],
  [
    ['--device-cgroup-rule', 'c 10:237 rm'],
    ['sh', '-c', 'mknod /k c 10 237; (exec 3</k) && echo read; (exec 3>/k) || echo held'],
    'read\nheld',
  ],
  [['--ulimit', 'nofile=100:200'], ['sh', '-c', 'ulimit -Sn; ulimit -Hn'], '100\n200'],
  [['--ulimit', 'cpu=5', '--ulimit', 'cpu=6'], ['sh', '-c', 'ulimit -St'], '6'],
  [['--sysctl', 'kernel.msgmax=9000'], ['cat', '/proc/sys/kernel/msgmax'], '9000'],
  [['--tmpfs', '/t:size=1m,mode=700,uid=7'], ['stat', '-c', '%a %u', '/t'], '700 7'],
  [
    ['--read-only', '--tmpfs', '/t'],
    ['sh', '-c', 'echo >/t/x && echo there; echo >/x || echo held'],
    'there\nheld',
  ],
  [['-u', 'user:nobody'], ['id'], 'uid=1000(user) gid=65534(nobody) groups=65534(nobody)'],
  [['-u', 'user', '--group-add', 'nobody', '--group-add', '77'], ['id', '-G'], /^1000 (2000 )?.*77/],
  [['-u', 'root:root:odd'], ['id', '-u'], '0'],
  [
    ['-h', 'web.example', '--domainname', 'd.example'],
    ['cat', '/proc/sys/kernel/hostname', '/proc/sys/kernel/domainname'],
    'web.example\nd.example',
  ],
  [['--add-host', 'db:10.1.2.3'], ['grep', 'db', '/etc/hosts'], '10.1.2.3\tdb'],
  [['--oom-score-adj', '77'], ['cat', '/proc/self/oom_score_adj'], '77'],
  [['--entrypoint', '/bin/echo'], ['a', 'b'], 'a b'],
  [['-w', '/made/../made/here'], ['pwd'], '/made/here'],
  [
    ['-e', 'HOME=/h', '-e', 'TERM=t', '-e', 'HOSTNAME=n'],
    ['sh', '-c', 'echo $HOME $TERM $HOSTNAME'],
    '/h t n',
  ],
  [
    ['--security-opt', 'no-new-privileges:true'],
    ['grep', 'NoNewPrivs', '/proc/self/status'],
    'NoNewPrivs:\t1',
  ],
  [['--security-opt', 'apparmor=unconfined', '--security-opt', 'label=disable'], ['echo', 'taken'], 'taken'],
  [
    ['--pid', 'host', '--uts', 'host', '--ipc', 'host', '--cgroupns', 'host', '--userns', 'host'],
    ['sh', '-c', 'test -e /proc/2/comm && echo shared'],
    'shared',
  ],
  [
    ['--mac-address', '92d0.c60a.2933', '--isolation', 'default', '--volume-driver', 'local', '-q'],
    ['echo', 'taken'],
    'taken',
  ],
  [['-v', '/etc/hostname:/h', '-v', '/etc/hostname:/h'], ['echo', 'once'], 'once'],
  [['--runtime', 'io.containerd.runc.v2'], ['echo', 'ran'], 'ran'],
];

const GPU = 'could not select device driver "" with capabilities: [[gpu]]';
const REFUSED: [flags: string[], exitCode: number, says: string][] = [
  [
    ['--device', '/dev/nosuch'],
    127,
    'error gathering device information while adding custom device "/dev/nosuch": no such file or directory',
  ],
  [['--gpus', 'all'], 125, GPU],
  [['--isolation', 'hyperv'], 125, 'Invalid isolation: "hyperv" - linux only supports \'default\''],
  [
    ['--storage-opt', 'size=1m'],
    125,
    "--storage-opt is supported only for overlay over xfs with 'pquota' mount option",
  ],
  [
    ['--volume-driver', 'odd', '-v', 'data:/d'],
    125,
    'error looking up volume plugin odd: plugin "odd" not found',
  ],
  [['--ipc', 'odd'], 125, 'Invalid IPC mode: odd'],
  [['--ipc', 'container:nosuch'], 125, 'No such container: nosuch'],
  [['--pid', 'container:nosuch'], 125, 'No such container: nosuch'],
  [['--uts', 'host', '-h', 'x'], 125, 'conflicting options: hostname and the UTS mode'],
  [['--group-add', 'nosuch'], 125, 'Unable to find group nosuch: no matching entries in group file'],
  [['-u', 'nosuch'], 125, 'unable to find user nosuch: no matching entries in passwd file'],
  [['-w', '/etc/passwd'], 125, 'Cannot mkdir: /etc/passwd is not a directory'],
  [['--tmpfs', 't'], 125, "invalid mount path: 't' mount path must be absolute"],
  [['--tmpfs', '/t:odd'], 125, 'invalid tmpfs option ["odd"]'],
  [['--link-local-ip', 'foo'], 125, 'invalid link-local IP address: foo'],
  [['--ip', 'foo'], 125, 'invalid IPv4 address: foo'],
  [['--ip6', 'fe80::1'], 125, 'user specified IP address is supported on user defined networks only'],
  [
    ['--platform', 'odd'],
    125,
    'error parsing specified platform: "odd": unknown operating system or architecture',
  ],
  [
    ['--platform', 'linux/s390x', '--pull', 'never'],
    125,
    'does not match the specified platform: wanted linux/s390x, actual: linux/',
  ],
  [
    ['--cidfile', '/nosuch/dir/id'],
    127,
    'failed to create the container ID file: open /nosuch/dir/id: no such file or directory',
  ],
  [['--env-file', '/'], 125, 'read /: is a directory'],
];

describe.skipIf(!canRunContainers)('a flag of run', () => {
  const boxtop = sharedBoxtop('flags', { reference: 'bb:1', changes: ['CMD ["true"]'] });
  const script = (name: string, text: string) => {
    const file = join(boxtop.work, name);
    writeFileSync(file, `#!/bin/sh\n${text}\n`);
    chmodSync(file, 0o755);
    return file;
  };

  it.each(EFFECTS)('acts inside: %j', async (flags, command, prints) => {
    const result = await boxtop.run([...RUN, ...flags, 'bb:1', ...command]);
    expect(result.exitCode, result.stderr).toBe(0);
    if (typeof prints === 'string') expect(result.stdout.trim()).toBe(prints);
    else expect(result.stdout.trim()).toMatch(prints);
  });

  it('is refused with its reason and nothing is left', () =>
    changesNothing(boxtop, async () => {
      for (const [flags, exitCode, says] of REFUSED) {
        await refused(boxtop, ['run', '--rm', ...flags, 'bb:1', 'true'], { exitCode, says });
      }
      for (const [network, says] of [
        ['container:', 'invalid container format container:<name|id>'],
        ['nosuch', 'network nosuch not found'],
      ] as const)
        await refused(boxtop, ['run', '--rm', '--network', network, 'bb:1'], { exitCode: 125, says });
      const both = ['--network', 'host', '--network', 'none'];
      const says = 'Container cannot be connected to network endpoints: host, none';
      await refused(boxtop, ['run', '--rm', ...both, 'bb:1'], { exitCode: 125, says });
      const attached = ['run', '-d', '-a', 'stdout', 'bb:1'];
      await refused(boxtop, attached, { exitCode: 1, says: 'cannot specify both --attach and --detach' });
      const onto = [...RUN, '-v', `${boxtop.work}:/etc/passwd`, 'bb:1'];
      const hint = /Are you trying to mount a directory onto a file/;
      await refused(boxtop, onto, { exitCode: 125, says: /not a directory/i, hint });
      await refused(boxtop, [...RUN, 'bb:1', ''], {
        exitCode: 127,
        says: 'exec: "": executable file not found',
      });
    }));

  it('--security-opt seccomp takes a profile of ours, and names one that is none', async () => {
    const deny = {
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    };
    const profile = join(boxtop.work, 'profile.json');
    const option = ['--security-opt', `seccomp=${profile}`];
    writeFileSync(profile, JSON.stringify(deny));
    expect(await boxtop.ok(...RUN, ...option, 'bb:1', 'sh', '-c', 'mkdir /x || echo held')).toBe('held');
    const cases = [
      ['{bad', `compacting json for seccomp profile (${profile}) failed`],
      ['[]', 'Decoding seccomp profile failed'],
      ['{"defaultAction":"NOPE"}', 'string NOPE is not a valid action for seccomp'],
    ];
    for (const [text = '', says = ''] of cases) {
      writeFileSync(profile, text);
      await changesNothing(boxtop, () =>
        refused(boxtop, [...RUN, ...option, 'bb:1'], { exitCode: 125, says }),
      );
    }
  });

  it('--ipc shareable gives its memory to those that join it, until its end', async () => {
    const shared = ['run', '-d', '--name', 'donor', '--ipc', 'shareable', '--shm-size', '1m', ...NONE];
    await boxtop.ok(...shared, 'bb:1', 'sleep', '1000');
    await boxtop.ok('run', '-d', '--name', 'closed', ...NONE, 'bb:1', 'sleep', '1000');
    await boxtop.ok('create', '--name', 'idle', ...NONE, 'bb:1');
    const join1 = (name: string) => [...RUN, '--ipc', `container:${name}`, 'bb:1'];
    const seen = await boxtop.ok(...join1('donor'), 'sh', '-c', 'df -k /dev/shm; echo hi >/dev/shm/note');
    expect(seen).toMatch(/\b1024\b/);
    expect(await boxtop.ok('exec', 'donor', 'cat', '/dev/shm/note')).toBe('hi');
    await refused(boxtop, join1('closed'), {
      exitCode: 125,
      says: /can't join IPC of container [0-9a-f]{64}: non-shareable IPC/,
    });
    await refused(boxtop, join1('idle'), {
      exitCode: 125,
      says: /can't join IPC of .*: container [0-9a-f]{64} is not running/,
    });
    await refused(boxtop, [...RUN, '--pid', 'container:idle', 'bb:1'], {
      exitCode: 125,
      says: /container [0-9a-f]{64} is not running/,
    });
    // its first process may be about to become that
    await expect
      .poll(() => boxtop.ok(...RUN, '--pid', 'container:closed', 'bb:1', 'ps'))
      .toContain('sleep 1000');
    await boxtop.ok('restart', '-t', '0', 'donor');
    expect(await boxtop.ok('exec', 'donor', 'ls', '/dev/shm')).toBe('');
    await boxtop.ok('rm', '-f', 'donor', 'closed', 'idle');
    expect(readFileSync('/proc/self/mounts', 'utf8')).not.toContain(boxtop.root);
  });

  it('--cidfile holds the id, stays when only the start failed, and is no other’s', async () => {
    const file = join(boxtop.work, 'id');
    const run = (...words: string[]) => ['run', ...NONE, '--cidfile', file, ...words];
    await refused(boxtop, run('--name', 'halfway', 'bb:1', 'nosuch'), { exitCode: 127, says: 'not found' });
    expect(readFileSync(file, 'utf8')).toMatch(/^[0-9a-f]{64}$/);
    await refused(boxtop, run('--rm', 'bb:1'), { exitCode: 125, says: 'container ID file found' });
    await boxtop.ok('rm', readFileSync(file, 'utf8'));
    const other = join(boxtop.work, 'other');
    await refused(boxtop, ['run', '--cidfile', other, '--name', '../x', 'bb:1'], {
      exitCode: 125,
      says: 'Invalid container name',
    });
    expect(existsSync(other)).toBe(false);
  });

  it('--runtime may fail or die: one line, nothing left; when it hangs it can be interrupted', async () => {
    const runtimes = [
      [script('fails', 'exit 3'), 'ended without a word'],
      [script('dies', 'kill -9 $$'), 'ended without a word'],
      [script('talks', 'echo odd words >&2; exit 1'), 'OCI runtime create failed: odd words'],
      ['/nosuch', '/nosuch: program not found'],
      ['odd', 'Unknown runtime specified odd'],
    ];
    const hangs = script('hangs', `touch ${boxtop.work}/hung; exec sleep 1000`);
    await changesNothing(boxtop, async () => {
      for (const [runtime = '', says = ''] of runtimes)
        await refused(boxtop, [...RUN, '--runtime', runtime, 'bb:1'], { exitCode: 125, says });
      const running = boxtop.start([...RUN, '--runtime', hangs, 'bb:1']);
      await expect.poll(() => existsSync(join(boxtop.work, 'hung')), { timeout: 30_000 }).toBe(true);
      running.kill('SIGINT');
      expect((await running.ended).exitCode).toBe(130);
    });
  });

  it.each(['SIGHUP', 'SIGUSR1', 'SIGWINCH'] as const)('--sig-proxy passes %s on', async (signal) => {
    const trap = `trap "echo got; exit 5" ${signal.slice(3)}; echo ready; while :; do sleep 0.05; done`;
    const running = boxtop.start([...RUN, 'bb:1', 'sh', '-c', trap]);
    await running.said(/ready/);
    running.kill(signal);
    expect(await running.ended).toMatchObject({ exitCode: 5, stdout: 'ready\ngot\n' });
  });

  it('--runtime may be gone when its container ends', async () => {
    const runtime = script('wrapped', 'exec /usr/sbin/runc "$@"');
    await boxtop.ok('run', '-d', '--name', 'orphan', ...NONE, '--runtime', runtime, 'bb:1', 'sleep', '1000');
    writeFileSync(runtime, '');
    chmodSync(runtime, 0o600);
    await boxtop.ok('kill', 'orphan');
    await expect
      .poll(() => boxtop.ok('ps', '-a', '--filter', 'name=orphan', '--format', '{{.State}}'), {
        timeout: 30_000,
      })
      .toBe('exited');
    await refused(boxtop, ['start', 'orphan'], { exitCode: 1, says: 'program not found' });
    await boxtop.ok('rm', 'orphan');
  });
});
