/** What a hostile program sees of the machine from inside of an ordinary container, under each runtime. */
import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ContainerCreate, HostConfig } from '../../src/engine/index.ts';
import { canRunContainers } from '../support/requirements.ts';
import { readAll, sharedStore } from '../support/store.ts';

/** Docker's 14 capabilities by number (capabilities(7)). */
const DOCKER_CAPABILITIES = 0xa80425fbn;
const AF_ALG = 38;
const AF_VSOCK = 40;

const runtimes = ['crun', 'runc'].filter((name) =>
  ['/usr/sbin', '/usr/bin', '/usr/local/bin', '/usr/local/sbin'].some((folder) =>
    existsSync(`${folder}/${name}`),
  ),
);

describe.skipIf(!canRunContainers).each(runtimes)('inside of a container of %s', (Runtime) => {
  const store = sharedStore();

  const run = async (script: string, host: HostConfig = {}, config: Partial<ContainerCreate> = {}) => {
    const HostConfig = { AutoRemove: true, Runtime, ...host };
    return (await store.run(['sh', '-c', script], { ...config, HostConfig })).stdout;
  };

  it.each([
    ['alone', {}],
    ['with a terminal', { Tty: true, OpenStdin: true }],
    ['with input', { OpenStdin: true, AttachStdin: true, StdinOnce: true }],
  ])('a program %s inherits no descriptor of ours (CVE-2024-21626)', async (_, config) => {
    const { stdout } = await store.run(['ls', '/proc/self/fd'], {
      ...config,
      HostConfig: { AutoRemove: true, Runtime },
    });
    expect(stdout.trim().split(/\s+/)).toEqual(['0', '1', '2', '3']); // 3: the folder that ls reads
  });

  it.each([false, true])(
    'an exec (terminal: %s) inherits none either, nor does the first process',
    async (Tty) => {
      const id = await store.create(['sleep', '1000'], { HostConfig: { Runtime } });
      await store.engine.containers.start(id);
      const list = async (folder: string) => {
        const exec = await store.engine.containers.execCreate(id, { Cmd: ['ls', folder], Tty });
        const stream = (await store.engine.containers.execStart(exec.Id, { attach: true }))!;
        return (await readAll(stream)).stdout.trim().split(/\s+/);
      };
      expect(await list('/proc/self/fd')).toEqual(['0', '1', '2', '3']);
      // for a moment it is still the runtime
      await expect.poll(() => list('/proc/1/fd')).toEqual(['0', '1', '2']);
      await store.engine.containers.remove(id, { force: true });
    },
  );

  it('has the capabilities of Docker that this machine has, none inheritable or ambient (CVE-2022-24769)', async () => {
    const text = await run('grep -E "^(Cap|NoNewPrivs|Seccomp:)" /proc/self/status');
    const fields = new Map(
      text
        .trim()
        .split('\n')
        .map((line) => line.split(':\t') as [string, string]),
    );
    const ours = BigInt(`0x${/^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1]}`);
    for (const name of ['CapBnd', 'CapPrm', 'CapEff'])
      expect(BigInt(`0x${fields.get(name)}`), name).toBe(DOCKER_CAPABILITIES & ours);
    expect([fields.get('CapInh'), fields.get('CapAmb')]).toEqual(['0000000000000000', '0000000000000000']);
    expect(fields.get('Seccomp')).toBe('2');
  });

  it('cannot make a device of the host, nor open one that it made', async () => {
    const script =
      'for d in "b 8 0" "b 254 0" "c 1 1" "c 10 229"; do rm -f /n; mknod /n $d && head -c1 </n >/dev/null && echo "opened $d"; done; true';
    expect(await run(script)).toBe('');
  });

  it('has only harmless devices', async () => {
    const known = 'core fd full mqueue null ptmx pts random shm stderr stdin stdout tty urandom zero'.split(
      ' ',
    );
    const found = (await run('ls /dev')).trim().split('\n');
    expect(found.filter((name) => !known.includes(name))).toEqual([]);
  });

  it('cannot mount, unshare, or write to what is read-only', async () => {
    const script = [
      'mount -t tmpfs x /tmp',
      'mount -o remount,rw /sys',
      'umount /proc/sys',
      'unshare -m true',
      'unshare -U true',
      'echo 1 >/proc/sys/kernel/panic',
      'echo b >/proc/sysrq-trigger',
      'mkdir /sys/fs/cgroup/devices/x',
      'echo a >/sys/fs/cgroup/devices/devices.allow',
    ];
    const text = await run(
      script.map((line, index) => `( ${line} ) 2>/dev/null && echo done ${index}`).join(';'),
    );
    expect(text).toBe('');
  });

  it('reads nothing of masked files', async () => {
    const files = '/proc/kcore /proc/keys /proc/timer_list /proc/interrupts /proc/sched_debug';
    expect(await run(`for f in ${files}; do head -c100 $f; done 2>/dev/null | wc -c`)).toBe('0\n');
    const folders = '/sys/firmware /proc/acpi /proc/scsi /sys/devices/virtual/powercap';
    expect(await run(`for d in ${folders}; do ls $d 2>/dev/null; done | wc -l`)).toBe('0\n');
  });

  it('gets no variable of the environment that we run in', async () => {
    process.env['BOXTOP_TEST_SECRET'] = 'value';
    const names = (await run('env')).match(/^\w+(?==)/gm)!.sort();
    delete process.env['BOXTOP_TEST_SECRET'];
    expect(names.filter((name) => !['HOME', 'HOSTNAME', 'PATH', 'PWD', 'SHLVL'].includes(name))).toEqual([]);
  });

  describe.skipIf(process.arch !== 'x64' || !existsSync('/usr/bin/perl'))(
    'the filter of system calls',
    () => {
      /** Runs perl of the host, from a read-only view of it. */
      const perl = (code: string) =>
        run(`chroot /host /usr/bin/perl -e '${code}'`, { Binds: ['/:/host:ro'] });
      const EPERM = '1';

      it.each([
        ['AF_ALG', AF_ALG], // CVE-2026-31431
        ['AF_VSOCK', AF_VSOCK],
      ])('refuses sockets of family %s', async (_, family) => {
        expect(await perl(`socket(S, ${family}, 5, 0) ? print "open" : print $!+0`)).toBe(EPERM);
      });

      it('lets other sockets through', async () => {
        expect(await perl('print socket(S, 2, 1, 0) ? "open" : $!+0')).toBe('open');
      });

      it.each([
        ['keyctl', 250],
        ['add_key', 248],
        ['mount', 165],
        ['unshare', 272],
        ['setns', 308],
        ['bpf', 321],
        ['perf_event_open', 298],
        ['userfaultfd', 323],
        ['kexec_load', 246],
        ['open_by_handle_at', 304],
        ['io_uring_setup', 425],
      ])('refuses %s', async (_, number) => {
        expect(await perl(`syscall(${number}, 0, 0, 0, 0, 0) < 0 and print $!+0`)).toBe(EPERM);
      });
    },
  );
});
