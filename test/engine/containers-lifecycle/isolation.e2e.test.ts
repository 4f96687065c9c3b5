import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, it } from 'vitest';
import type { HostConfig } from '../../../src/engine/index.ts';
import { hostFacts } from '../../../src/engine/runtime/host.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore } from '../../support/store.ts';

const MEBIBYTE = 1024 * 1024;

describe.skipIf(!canRunContainers)('isolation and limits', () => {
  const store = sharedStore();

  const out = async (script: string, HostConfig: HostConfig = {}, config: object = {}) =>
    (await store.run(['sh', '-c', script], { ...config, HostConfig: { AutoRemove: true, ...HostConfig } }))
      .stdout;

  it('gives a container its own processes, host name and network', async () => {
    expect(
      await out('ls /proc | grep -c "^[0-9]*$"; ls /sys/class/net; hostname', {}, { Hostname: 'own' }),
    ).toMatch(/^[1-4]\nlo\nown\n$/);
    expect(await out('hostname', { UTSMode: 'host' })).toBe(`${hostname()}\n`);
    expect(Number(await out('ls /proc | grep -c "^[0-9]"', { PidMode: 'host' }))).toBeGreaterThan(10);
  });

  it('has the seccomp filter on unless it is unconfined', async () => {
    expect(await out('grep Seccomp: /proc/self/status')).toBe('Seccomp:\t2\n');
    expect(await out('grep Seccomp: /proc/self/status', { SecurityOpt: ['seccomp=unconfined'] })).toBe(
      'Seccomp:\t0\n',
    );
    const profile = JSON.stringify({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mkdir', 'mkdirat'], action: 'SCMP_ACT_ERRNO' }],
    });
    expect(await out('mkdir /x 2>/dev/null || echo denied', { SecurityOpt: [`seccomp=${profile}`] })).toBe(
      'denied\n',
    );
  });

  it('gives a plain user no capability, and everybody no new ones when asked', async () => {
    const status = await out(
      'id -u; id -G; grep -E "CapEff|CapInh|NoNewPrivs" /proc/self/status',
      { SecurityOpt: ['no-new-privileges'] },
      { User: 'user' },
    );
    expect(status).toBe(
      '1000\n1000 2000\nCapInh:\t0000000000000000\nCapEff:\t0000000000000000\nNoNewPrivs:\t1\n',
    );
  });

  it('starts privileged containers with all this machine may give', async () => {
    const ours = /^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1];
    expect(
      await out('grep CapEff /proc/self/status; mount -t tmpfs x /tmp && echo mounted', { Privileged: true }),
    ).toBe(`CapEff:\t${ours}\nmounted\n`);
  });

  it('hides what Docker hides', async () => {
    expect(
      await out(
        'wc -c < /proc/interrupts; ls /sys/firmware | wc -l; echo 1 > /proc/sys/kernel/panic || echo ro',
      ),
    ).toBe('0\n0\nro\n');
    expect((await store.run(['touch', '/x'], { HostConfig: { ReadonlyRootfs: true } })).stderr).toContain(
      'Read-only file system',
    );
  });

  it('tells a death by lack of memory', async () => {
    const id = await store.create(['tail', '/dev/zero'], { HostConfig: { Memory: 16 * MEBIBYTE } });
    await store.engine.containers.start(id);
    expect(await store.engine.containers.wait(id)).toEqual({ StatusCode: 137 });
    expect((await store.engine.containers.inspect(id)).State).toMatchObject({
      OOMKilled: true,
      ExitCode: 137,
    });
  });

  it.skipIf(hostFacts().cgroupMode === 'v2')('writes cgroup v1 limits', async () => {
    const files = [
      'memory/memory.limit_in_bytes',
      'cpu/cpu.cfs_quota_us',
      'cpu/cpu.shares',
      'pids/pids.max',
      'cpuset/cpuset.cpus',
    ];
    const text = await out(files.map((file) => `cat /sys/fs/cgroup/${file}`).join(';'), {
      Memory: 64 * MEBIBYTE,
      NanoCpus: 5e8,
      CpuShares: 333,
      PidsLimit: 33,
      CpusetCpus: '0',
    });
    expect(text).toBe('67108864\n50000\n333\n33\n0\n');
  });

  it('sets ulimits within our own, sysctls, devices, working directory and init', async () => {
    const Ulimits = [
      { Name: 'nofile', Soft: 50, Hard: 60 },
      { Name: 'core', Soft: -1, Hard: -1 },
    ];
    expect(await out('ulimit -n; ulimit -Hn; ulimit -c', { Ulimits })).toBe('50\n60\nunlimited\n');
    expect(await out('cat /proc/sys/net/core/somaxconn', { Sysctls: { 'net.core.somaxconn': '77' } })).toBe(
      '77\n',
    );
    const Devices = [{ PathOnHost: '/dev/full', PathInContainer: '/dev/mine', CgroupPermissions: 'r' }];
    expect(
      await out('ls -l /dev/mine | cut -c1; head -c1 /dev/mine | wc -c; echo > /dev/mine || echo no', {
        Devices,
      }),
    ).toMatch(/^c\n1\nno\n/);
    expect(await out('pwd', {}, { WorkingDir: '/made/for/me' })).toBe('/made/for/me\n');
    expect(await out('cat /proc/1/comm', { Init: true })).toBe('docker-init\n');
  });

  it('shares the namespaces of another container', async () => {
    const id = await store.create(['sleep', '1000'], { Hostname: 'sharer' }, 'sharer');
    await store.engine.containers.start(id);
    // its first process may be about to become that
    await expect.poll(() => out('ps | grep -c "[s]leep 1000"', { PidMode: 'container:sharer' })).toBe('1\n');
    expect(await out('readlink /proc/self/ns/net', { NetworkMode: 'container:sharer' })).toBe(
      await out('readlink /proc/1/ns/net', { PidMode: 'container:sharer', CapAdd: ['SYS_PTRACE'] }),
    );
  });

  it('runs the same under runc', async () => {
    expect(await out('echo $((6 * 7)); exit 0', { Runtime: 'runc' })).toBe('42\n');
  });

  it('refuses what it would get wrong', async () => {
    for (const [body, words] of [
      [{ HostConfig: { RestartPolicy: { Name: 'sometimes' } } }, "invalid restart policy 'sometimes'"],
      [{ HostConfig: { Sysctls: { 'kernel.panic': '1' } } }, 'sysctl "kernel.panic" is not allowed'],
      [{ HostConfig: { Memory: 1024 } }, 'Minimum memory limit allowed is 6MB'],
      [{ HostConfig: { CapAdd: ['NOPE'] } }, 'unknown capability: "CAP_NOPE"'],
      [{ WorkingDir: '/proc/self/fd/7' }, 'is invalid'],
      [{ WorkingDir: 'relative' }, 'it needs to be an absolute path'],
      [{ Hostname: 'a\n6.6.6.6 bank' }, 'invalid hostname "a\\n6.6.6.6 bank"'],
      [{ Image: 'absent' }, 'No such image: absent:latest'],
    ] as const) {
      await expect(store.create(['true'], body as object), words).rejects.toThrow(words);
    }
    expect((await store.engine.containers.list({ all: true })).every(({ Image }) => Image !== 'absent')).toBe(
      true,
    );
  });
});
