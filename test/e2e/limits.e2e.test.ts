/** Limits in the kernel's files, changed live, refused whole; deaths by lack of memory. */
import { existsSync, readdirSync, readFileSync, rmdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { hostFacts } from '../../src/engine/runtime/host.ts';
import { sharedBoxtop } from '../support/boxtop.ts';
import { changesNothing, refused } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

const CGROUPS = '/sys/fs/cgroup';
const isV2 = hostFacts().cgroupMode === 'v2';
const { abilities, cpus } = hostFacts().cgroup;
const MIB = 1024 * 1024;
const NONE = ['--network', 'none'];

describe.skipIf(!canRunContainers)('limits', () => {
  const boxtop = sharedBoxtop('limits');
  /** A value of the container's group; on v2 the second file's. */
  const value = async (name: string, v1: string, v2: string): Promise<string> => {
    const id = await boxtop.ok('inspect', '-f', '{{.Id}}', name);
    const folder = isV2 ? join(CGROUPS, 'boxtop', id) : join(CGROUPS, v1.split('.')[0]!, 'boxtop', id);
    return readFileSync(join(folder, isV2 ? v2 : v1), 'utf8').trim();
  };
  const inspect = (name: string, format: string) => boxtop.ok('inspect', '-f', format, name);
  const sleeper = (name: string, ...flags: string[]) =>
    boxtop.ok('run', '-d', '--name', name, ...NONE, ...flags, 'busybox', 'sleep', '1000');

  it('beyond the machine or reason are refused in Docker’s words, and nothing is left', () =>
    changesNothing(boxtop, async () => {
      const cases: [string, string | RegExp][] = [
        ['--cpus 999', /Range of CPUs is from 0\.01 to \d+\.00, as there are only \d+ CPUs available/],
        ['--cpus abc', 'failed to parse abc as a rational number'],
        ['-m 1', 'Minimum memory limit allowed is 6MB'],
        [
          '-m 32m --memory-swap 16m',
          'Minimum memoryswap limit should be larger than memory limit, see usage',
        ],
        [
          '--memory-swap 64m',
          'You should always set the Memory limit when using Memoryswap limit, see usage',
        ],
        ['--cpuset-cpus 7777', `Requested CPUs are not available - requested 7777, available: ${cpus}`],
        ['--cpuset-mems x', 'Invalid value x for cpuset mems: invalid format: x'],
        ['--memory-swappiness 101', 'invalid value: 101. Valid memory swappiness range is 0-100'],
        ['--blkio-weight 70000', 'strconv.ParseUint: parsing "70000": value out of range'],
        ['--device-write-iops /dev/null:5', "/dev/null: its I/O can't be limited: not a block device"],
        ['--cpu-shares 1', 'the minimum allowed cpu-shares is 2'],
      ];
      for (const [flags, says] of cases)
        await refused(boxtop, ['run', '--rm', ...NONE, ...flags.split(' '), 'busybox', 'true'], {
          exitCode: 125,
          says,
        });
      const missing = ['run', '--rm', ...NONE, '--device-read-bps', '/dev/nosuch:1mb', 'busybox', 'true'];
      await refused(boxtop, missing, { exitCode: 127, says: 'stat /dev/nosuch: no such file or directory' });
      if (!isV2) {
        const realtime = ['run', '--rm', ...NONE, '--cpu-rt-runtime', '950000', 'busybox', 'true'];
        await refused(boxtop, realtime, { exitCode: 125, says: /cpu\.rt_runtime_us/ }); // by the kernel, half-way
      }
      await refused(boxtop, ['create', '-m', '1', 'busybox'], { exitCode: 1, says: 'Minimum memory limit' });
    }));

  it('that mean nothing are none, and those the machine lacks are dropped with a warning', async () => {
    const odd = ['--pids-limit', '-5', '--memory-swappiness', '-1', '--ulimit', 'nofile=1000000000'];
    const { stderr, stdout } = await boxtop.run([
      ...['run', '--rm', '--name', 'odd', ...NONE, ...odd, '--kernel-memory', '64m'],
      ...['busybox', 'sh', '-c', 'ulimit -n'],
    ]);
    if (!hostFacts().canRaiseLimits) {
      const most = hostFacts().hardLimits.get('Max open files')!;
      expect(stdout.trim()).toBe(String(most));
      expect(stderr).toContain(
        `WARNING: ulimit nofile was lowered to ${most}: this process may not give more`,
      );
    }
    expect(stderr).toMatch(/WARNING: .*kernel memory limit/);
    if (!abilities.has('blkio-weight')) {
      const made = await boxtop.run(['create', '--name', 'heavy', '--blkio-weight', '5', 'busybox']);
      expect(made.stderr).toContain('WARNING: Your kernel does not support Block I/O weight');
      expect(await inspect('heavy', '{{.HostConfig.BlkioWeight}}')).toBe('0');
      await boxtop.ok('rm', 'heavy');
    }
  });

  it('are what the kernel is told at the start', async () => {
    const swappiness = isV2 ? [] : ['--memory-swappiness', '7'];
    await sleeper('one', '-m', '64m', '--pids-limit', '9', '--cpu-quota', '-5', ...swappiness);
    expect(await value('one', 'memory.limit_in_bytes', 'memory.max')).toBe(String(64 * MIB));
    expect(await value('one', 'pids.max', 'pids.max')).toBe('9');
    if (!isV2) expect(await value('one', 'memory.swappiness', '')).toBe('7');
    expect(await inspect('one', '{{.HostConfig.MemorySwap}}')).toBe(String(128 * MIB));
    await boxtop.ok('rm', '-f', 'one');
  });

  it('of a disk are by its numbers', async () => {
    const disk = readdirSync('/sys/block').find((name) => /^(vd|sd|nvme|xvd)/.test(name));
    if (disk === undefined || !existsSync(`/dev/${disk}`) || isV2) return; // no disk to limit
    await sleeper('slow', '--device-read-bps', `/dev/${disk}:1mb`, '--device-write-iops', `/dev/${disk}:10`);
    const { rdev } = statSync(`/dev/${disk}`);
    const number = `${(rdev >> 8) & 0xfff}:${rdev & 0xff}`;
    expect(await value('slow', 'blkio.throttle.read_bps_device', '')).toBe(`${number} 1048576`);
    expect(await value('slow', 'blkio.throttle.write_iops_device', '')).toBe(`${number} 10`);
    await boxtop.ok('rm', '-f', 'slow');
  });

  it('may lie below a group of one’s own, which nothing leads out of', async () => {
    const parent = `boxtop-test-${process.pid}`;
    const id = await sleeper('child', '--cgroup-parent', `../${parent}`);
    const own = join(CGROUPS, isV2 ? '' : 'pids', parent);
    expect(existsSync(join(own, id))).toBe(true);
    await boxtop.ok('rm', '-f', 'child');
    expect(existsSync(join(own, id))).toBe(false);
    // the parent may have been somebody's: it stays
    const roots = isV2 ? [CGROUPS] : readdirSync(CGROUPS).map((name) => join(CGROUPS, name));
    for (const root of roots) if (existsSync(join(root, parent))) rmdirSync(join(root, parent));
  });

  describe('updated', () => {
    const memory = () => value('live', 'memory.limit_in_bytes', 'memory.max');
    const pids = () => value('live', 'pids.max', 'pids.max');
    const update = (...args: string[]) => boxtop.run(['update', ...args]);

    beforeAll(async () => {
      await sleeper('live', '-m', '64m');
      await boxtop.ok('create', '--name', 'idle', ...NONE, 'busybox', 'sleep', '1000');
    });

    it('reach the running container and all records', async () => {
      const flags = ['-m', '96m', '--memory-swap', '128m', '--pids-limit', '33', '--cpus', '0.5'];
      expect(await boxtop.ok('update', ...flags, 'live', 'idle')).toBe('live\nidle');
      expect([await memory(), await pids()]).toEqual([String(96 * MIB), '33']);
      expect(await value('live', 'cpu.cfs_quota_us', 'cpu.max')).toMatch(/^50000/);
      const format = '{{.HostConfig.Memory}} {{.HostConfig.PidsLimit}} {{.HostConfig.NanoCpus}}';
      const recorded = `${96 * MIB} 33 500000000`;
      expect([await inspect('live', format), await inspect('idle', format)]).toEqual([recorded, recorded]);
      const events = await boxtop.ok('events', '--since', '1m', '--until', '0s', '--filter', 'event=update');
      expect(events).toMatch(/container update [0-9a-f]{64} \(image=busybox, name=live\)/);
    });

    it('reach a paused container, and memory with swap both ways', async () => {
      await boxtop.ok('pause', 'live');
      await boxtop.ok('update', '-m', '32m', '--memory-swap', '32m', 'live');
      expect(await memory()).toBe(String(32 * MIB));
      await boxtop.ok('update', '-m', '256m', '--memory-swap', '-1', '--pids-limit', '-1', 'live');
      expect([await memory(), await pids()]).toEqual([String(256 * MIB), 'max']);
      await boxtop.ok('unpause', 'live');
    });

    it('are whole or not at all', async () => {
      const before = await inspect('live', '{{json .HostConfig}}');
      await boxtop.ok('exec', 'live', 'sh', '-c', 'head -c 20m /dev/zero > /dev/shm/full');
      const cases: [string[], string | RegExp][] = [
        [['--cpuset-cpus', '7777', '--pids-limit', '5'], 'Requested CPUs are not available - requested 7777'],
        [['-m', '1m'], 'Minimum memory limit allowed is 6MB'],
        [['--memory-swap', '100m'], 'Minimum memoryswap limit should be larger than memory limit, see usage'],
        [['--cpu-quota', '20000'], 'CPU Quota cannot be updated as NanoCPUs has already been set'],
        // more than the kernel can take back from it; the values before are put back
        [
          ['--cpu-shares', '99', '-m', '8m', '--memory-swap', '8m'],
          /Cannot update container [0-9a-f]{64}: unable to set memory limit to 8388608 \(current usage: \d+\)/,
        ],
        [['--restart', 'odd'], "invalid restart policy 'odd'"],
        [['--restart', 'no:3'], "maximum retry count cannot be used with restart policy 'no'"],
      ];
      for (const [flags, says] of cases)
        await refused(boxtop, ['update', ...flags, 'live'], { exitCode: 1, says });
      expect([await memory(), await pids()]).toEqual([String(256 * MIB), 'max']);
      expect(await value('live', 'cpu.shares', 'cpu.weight')).not.toBe('99');
      expect(await inspect('live', '{{json .HostConfig}}')).toBe(before);
    });

    it('go on with the others when one is not there', async () => {
      const { exitCode, stdout, stderr } = await update('--pids-limit', '44', 'live', 'nosuch', 'idle');
      expect([exitCode, stdout]).toEqual([1, 'live\nidle\n']);
      expect(stderr).toContain('Error response from daemon: No such container: nosuch');
      expect(await update('live')).toMatchObject({
        exitCode: 1,
        stderr: 'you must provide one or more flags when using this command\n',
      });
    });

    it('change the restart policy, but not of what is removed at its end', async () => {
      await boxtop.ok('update', '--restart', 'on-failure:3', 'idle');
      expect(await inspect('idle', '{{json .HostConfig.RestartPolicy}}')).toBe(
        '{"Name":"on-failure","MaximumRetryCount":3}',
      );
      await sleeper('brief', '--rm');
      const says = 'Restart policy cannot be updated because AutoRemove is enabled for the container';
      await refused(boxtop, ['update', '--restart', 'always', 'brief'], { exitCode: 1, says });
      await boxtop.ok('update', '--restart', 'no', 'brief');
      await boxtop.ok('kill', 'brief');
    });
  });

  describe('of memory', () => {
    const hog = (name: string, ...script: string[]) =>
      boxtop.run(['run', '--name', name, ...NONE, '-m', '16m', '--memory-swap', '16m', 'busybox', ...script]);
    const state = (name: string) => inspect(name, '{{.State.OOMKilled}} {{.State.ExitCode}}');
    const events = (name: string) =>
      boxtop.ok(
        'events',
        '--since',
        '1m',
        '--until',
        '0s',
        '-f',
        `container=${name}`,
        '--format',
        '{{.Action}}',
      );

    it('kill the process that takes too much: 137, told as such', async () => {
      expect((await hog('greedy', 'tail', '/dev/zero')).exitCode).toBe(137);
      expect(await state('greedy')).toBe('true 137');
      expect((await events('greedy')).split('\n').slice(-2)).toEqual(['oom', 'die']);
    });

    it('are told too when a child was killed', async () => {
      const script = 'tail /dev/zero; echo child $?; exit 3';
      const { exitCode, stdout } = await hog('parent', 'sh', '-c', script);
      expect([exitCode, stdout]).toEqual([3, 'child 137\n']);
      expect(await state('parent')).toBe('true 3');
      expect((await events('parent')).split('\n').filter((action) => action === 'oom')).toHaveLength(1);
    });

    it('are told while the container runs, and forgotten at its next start', async () => {
      const script = '[ -e /work/done ] || tail /dev/zero; touch /work/done; exec sleep 1000';
      const flags = [...NONE, '-m', '16m', '-v', `${boxtop.work}:/work`];
      await boxtop.ok('run', '-d', '--name', 'lives', ...flags, 'busybox', 'sh', '-c', script);
      // nobody looks at the container meanwhile
      await expect.poll(() => events('lives'), { timeout: 60_000 }).toMatch(/\boom$/);
      expect(await state('lives')).toBe('true 0');
      await expect.poll(() => existsSync(join(boxtop.work, 'done'))).toBe(true);
      await boxtop.ok('restart', '-t', '0', 'lives');
      expect(await state('lives')).toBe('false 0');
    });
  });
});
