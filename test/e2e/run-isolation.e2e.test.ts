/** What a process finds around itself in a container, as recorded from Docker 20.10 on the same kernel. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { canRunContainers } from '../support/requirements.ts';

/** Prints parts, each under '== name'. One container answers all questions; with 'look' it tries nothing. What it tries does no harm if it works. */
const PROBE = `
part() { echo "== $1"; }
part status; grep -E '^(Cap|NoNewPrivs|Seccomp:|Groups)' /proc/self/status
part mounts; awk '{print $2, $3, substr($4,1,2)}' /proc/mounts
part dev; ls /dev; ls /dev/pts
part null; ls -l /dev/null /dev/tty | awk '{print $1,$5,$6}'
part env; env | grep -v '^PWD\\|^SHLVL'
part process; umask; cat /proc/self/oom_score_adj; awk '{print $5,$6}' /proc/$$/stat; readlink /proc/self/fd/0; ls /proc/self/fd | grep -c '^[3-9]$'
part masked; for f in /proc/kcore /proc/keys /proc/timer_list; do head -c 1 $f 2>/dev/null | wc -c; done; ls /sys/firmware /proc/acpi 2>/dev/null | grep -v : | wc -w
test "$1" = look && exit
part refused
for try in 'echo h >/proc/sysrq-trigger' 'cat /proc/sys/kernel/panic >/proc/sys/kernel/panic' 'mkdir /sys/x' 'mkdir /sys/fs/cgroup/cpu/x' \\
  'mount -t tmpfs t /mnt' 'unshare -m true' 'hostname x' 'ip link add x type dummy' 'mknod /b b 7 0; dd if=/b count=0' 'dmesg'
do (eval "$try") >/dev/null 2>&1 && echo "$try"; done
part allowed
for try in 'mknod /n c 1 3; echo >/n' 'chroot / true' 'chown 5:5 /tmp' 'ping -c1 -W60 127.0.0.1' 'su nobody -s /bin/sh -c true'
do (eval "$try") >/dev/null 2>&1 || echo "$try"; done
`;

/** Order differs between runtimes, and what later kernels have beside. */
const MOUNTS = [
  '/ overlay rw',
  '/proc proc rw',
  '/dev tmpfs rw',
  '/dev/pts devpts rw',
  '/sys sysfs ro',
  '/dev/mqueue mqueue rw',
  '/dev/shm tmpfs rw',
  '/proc/bus proc ro',
  '/proc/fs proc ro',
  '/proc/irq proc ro',
  '/proc/sys proc ro',
  '/sys/firmware tmpfs ro',
];

describe.skipIf(!canRunContainers)('a process in a container', () => {
  const boxtop = sharedBoxtop('isolation', {
    reference: 'bb:1',
    extra: [{ name: 'mnt/', type: 'directory' }],
  });
  const probe = async (flags: string[], ...args: string[]): Promise<Map<string, string[]>> => {
    const run = ['run', '--rm', '-h', 'probe', '-v', `${join(boxtop.work, 'probe.sh')}:/probe.sh:ro`];
    const text = await boxtop.ok(...run, ...flags, 'bb:1', 'sh', '/probe.sh', ...args);
    const parts = text.split(/^== /m).slice(1);
    return new Map(
      parts.map((part) => {
        const [name = '', ...lines] = part.split('\n');
        return [name, lines.filter(Boolean)];
      }),
    );
  };

  beforeAll(() => writeFileSync(join(boxtop.work, 'probe.sh'), PROBE));

  it('has what Docker gives it, and may do no more', async () => {
    const found = await probe(['--network', 'none']);
    expect(found.get('status')).toEqual([
      'Groups:\t0 ',
      'CapInh:\t0000000000000000',
      'CapPrm:\t00000000a80425fb',
      'CapEff:\t00000000a80425fb',
      'CapBnd:\t00000000a80425fb',
      'CapAmb:\t0000000000000000',
      'NoNewPrivs:\t0',
      'Seccomp:\t2',
    ]);
    expect(found.get('mounts')).toEqual(expect.arrayContaining(MOUNTS));
    expect(found.get('dev')?.filter((name) => name !== 'core')).toEqual(
      'fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero ptmx'.split(' '),
    );
    expect(found.get('null')).toEqual(['crw-rw-rw- 1, 3', 'crw-rw-rw- 5, 0']);
    expect(found.get('env')?.sort()).toEqual([
      'HOME=/root',
      'HOSTNAME=probe',
      'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ]);
    expect(found.get('process')).toEqual(['0022', '0', '1 1', '/dev/null', '1']); // ls's own folder
    expect(found.get('masked')).toEqual(['0', '0', '0', '0']);
    expect(found.get('refused')).toEqual([]);
    expect(found.get('allowed')).toEqual([]);
  });

  it('has the machine’s devices, no filter and writable system files with --privileged', async () => {
    const found = await probe(['--network', 'none', '--privileged'], 'look');
    expect(found.get('status')).toContain('Seccomp:\t0');
    expect(found.get('mounts')).toEqual(expect.arrayContaining(['/sys sysfs rw']));
    expect(found.get('mounts')?.filter((mount) => /^\/proc\/|^\/sys\/firmware/.test(mount))).toEqual([]);
    expect(found.get('dev')).toEqual(expect.arrayContaining(['kmsg', 'tty0']));
  });

  it('is at home in its files, whatever the umask of who started it', async () => {
    const script =
      'cat /etc/hosts /etc/hostname >/dev/null && ls -d /deep/er /new/dir && touch /tmp/own && pwd';
    const flags = ['--network', 'none', '-u', 'user', '-v', 'fresh:/deep/er/vol', '-w', '/new/dir'];
    const result = await boxtop.run(['run', '--rm', ...flags, 'bb:1', 'sh', '-c', script], {
      wrapper: ['sh', '-c', 'umask 077; exec "$@"', 'sh'],
    });
    expect(result).toEqual({ exitCode: 0, stdout: '/deep/er\n/new/dir\n/new/dir\n', stderr: '' });
  });
});
