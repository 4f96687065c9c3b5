import { execFileSync, spawn } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { processStart } from '../../../src/engine/state/locks.ts';
import { makeTar } from '../../support/images.ts';
import { mountsOf, processesOf } from '../../support/leaks.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore, until } from '../../support/store.ts';

describe.skipIf(!canRunContainers)('containers outlive every boxtop process', () => {
  const store = sharedStore();

  const state = async (id: string) => (await store.engine.containers.inspect(id)).State;

  /** Starts the container from another process and kills that one. */
  async function startAndKill(id: string): Promise<void> {
    const program = resolve(import.meta.dirname, 'start-and-hang.ts');
    const child = spawn(process.execPath, [program, store.root, id], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await new Promise<void>((started) => child.stdout.on('data', () => started()));
    const gone = new Promise((resolve) => child.on('exit', resolve));
    child.kill('SIGKILL');
    await gone;
  }

  it('goes on after kill -9 of the process that started it, and its exit code is recorded', async () => {
    const script = 'until test -e /go; do sleep 0.1; done; echo late; exit 11';
    const id = await store.create(['sh', '-c', script]);
    await startAndKill(id);
    expect((await state(id)).Running).toBe(true);
    await store.engine.containers.writeArchive(id, '/', Readable.from([makeTar([{ name: 'go' }])]));
    await until(async () => (await state(id)).Status === 'exited'); // the monitor's exit command, not we
    expect(await state(id)).toMatchObject({ ExitCode: 11, Pid: 0 });
    const lines: string[] = [];
    for await (const batch of store.engine.containers.logs(id))
      lines.push(...batch.map(({ data }) => data.toString()));
    expect(lines).toEqual(['late']);
    expect(mountsOf(store.root)).toEqual([]);
  });

  it('removes a --rm container whose client was killed', async () => {
    const id = await store.create(['sleep', '0.3'], { HostConfig: { AutoRemove: true } });
    await startAndKill(id);
    await until(async () => (await store.engine.containers.list({ all: true })).every(({ Id }) => Id !== id));
    await until(() => processesOf(store.root).length === 0);
    expect(mountsOf(store.root)).toEqual([]);
  });

  it('leaves no mount of a start that was killed while the runtime worked', async () => {
    const runtime = join(store.root, 'slow');
    writeFileSync(runtime, '#!/bin/sh\ncase "$*" in *create*) sleep 1000; esac\n', { mode: 0o755 });
    await store.engine.volumes.create({ Name: 'ram', DriverOpts: { type: 'tmpfs', device: 'tmpfs' } });
    const id = await store.create(['true'], {
      HostConfig: { Runtime: runtime, IpcMode: 'shareable', Binds: ['ram:/ram'] },
    });
    const program = resolve(import.meta.dirname, 'start-and-hang.ts');
    const child = spawn(process.execPath, [program, store.root, id], { stdio: 'ignore' });
    const gone = new Promise((ended) => child.on('exit', ended));
    await until(async () => processesOf(store.root).some((line) => /slow .*create/.test(line)));
    child.kill('SIGKILL');
    await gone;
    expect(mountsOf(store.root).filter((path) => /volumes\/ram|run\/shm/.test(path))).toHaveLength(2);
    await store.engine.containers.remove(id, { force: true });
    expect(mountsOf(store.root)).toEqual([]);
  });

  it('shows none as running whose start was killed before its process was let run', async () => {
    const { containers } = store.engine;
    const runtime = join(store.root, 'held');
    // by its path it is not known how to let a process run without it
    const hang = 'while kill -0 $PPID; do sleep 0.05; done 2>/dev/null; exit 1';
    const script = `case "$*" in *" start "*) ${hang}; esac; exec /usr/sbin/runc "$@"`;
    writeFileSync(runtime, `#!/bin/sh\n${script}\n`, { mode: 0o755 });
    const id = await store.create(['sleep', '1000'], { HostConfig: { Runtime: runtime } });
    const program = resolve(import.meta.dirname, 'start-and-hang.ts');
    const child = spawn(process.execPath, [program, store.root, id], { stdio: 'ignore' });
    const gone = new Promise((ended) => child.on('exit', ended));
    await until(() => processesOf(store.root).some((line) => /held .*start/.test(line)));
    expect((await state(id)).Running).toBe(true); // it may still come
    child.kill('SIGKILL');
    await gone;
    expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 137, Pid: 0 });
    writeFileSync(runtime, '#!/bin/sh\nexec /usr/sbin/runc "$@"\n');
    await containers.start(id);
    expect((await state(id)).Running).toBe(true);
    await containers.remove(id, { force: true });
    expect(mountsOf(store.root)).toEqual([]);
  });

  it('keeps one whose start was killed when its process ran, before the fifo of the runtime was gone', async () => {
    const id = await store.create(['sleep', '1000']);
    await store.engine.containers.start(id);
    execFileSync('mkfifo', [join(store.root, 'run/runtime', id, 'exec.fifo')]);
    expect((await state(id)).Running).toBe(true);
    await store.engine.containers.remove(id, { force: true });
  });

  it('notices a monitor that was killed, keeps the container until it ends, and records 137', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sleep', '1000']);
    await containers.start(id);
    const monitor = Number(readFileSync(join(store.root, 'run/containers', id, 'conmon.pid'), 'utf8'));
    const { Pid } = await state(id);
    process.kill(monitor, 'SIGKILL');
    const inspected = async () => (await containers.inspect(id)).State;
    await expect.poll(async () => (await inspected()).Error).toMatch(/monitor .* was killed/);
    expect(await inspected()).toMatchObject({ Running: true, Pid });
    process.kill(Pid, 'SIGKILL');
    expect(await containers.wait(id, { condition: 'not-running' })).toEqual({ StatusCode: 137 });
    expect(processStart(Pid)).toBeUndefined();
    await containers.start(id);
    expect((await state(id)).Running).toBe(true);
    await containers.remove(id, { force: true });
  });

  it('starts none that goes by its --rm as it is found to have ended, and leaves nothing of it', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sleep', '1000'], { HostConfig: { AutoRemove: true } });
    await containers.start(id);
    const { Pid } = await state(id);
    const monitor = Number(readFileSync(join(store.root, 'run/containers', id, 'conmon.pid'), 'utf8'));
    for (const pid of [monitor, Pid]) process.kill(pid, 'SIGKILL');
    await until(() => processStart(monitor) === undefined && processStart(Pid) === undefined);
    await expect(containers.start(id)).rejects.toThrow(`No such container: ${id}`);
    for (const folder of ['containers', 'run/containers', 'run/exits'])
      expect(readdirSync(join(store.root, folder))).not.toContain(id);
  });

  it('records the end once when many notice it together', async () => {
    const { containers, system } = store.engine;
    const id = await store.create(['sh', '-c', 'exit 2']);
    await containers.start(id);
    await until(() => readdirSync(join(store.root, 'run/exits', id)).length > 0);
    await Promise.all([containers.handleExit(id), containers.handleExit(id), containers.wait(id)]);
    let deaths = 0;
    const until_ = ((Date.now() + 5) / 1000).toFixed(3);
    for await (const _ of system.events({
      since: '1m',
      until: until_,
      filters: { container: [id], event: ['die'] },
    }))
      deaths += 1;
    expect(deaths).toBe(1);
  });

  it('leaves nothing of a start that fails, whatever the step', async () => {
    const { containers } = store.engine;
    const groups = () => readdirSync('/sys/fs/cgroup/pids');
    const before = groups();
    for (const body of [
      { HostConfig: { Runtime: '/bin/false' } },
      { User: 'stranger' },
      {
        HostConfig: {
          Devices: [{ PathOnHost: '/dev/nope', PathInContainer: '/dev/nope', CgroupPermissions: 'rwm' }],
        },
      },
      { HostConfig: { Sysctls: { 'net.ipv4.no_such_thing': '1' } } },
    ]) {
      const id = await store.create(['sleep', '100'], body);
      await expect(containers.start(id), JSON.stringify(body)).rejects.toThrow();
      expect(await state(id), JSON.stringify(body)).toMatchObject({
        Status: 'created',
        Running: false,
        Pid: 0,
      });
      expect((await state(id)).Error).not.toBe('');
      expect(mountsOf(store.root)).toEqual([]);
      expect(readdirSync(join(store.root, 'run/containers'))).not.toContain(id);
      await until(() => processesOf(store.root).length === 0);
    }
    // other programs' groups come and go
    await expect.poll(() => groups().filter((name) => !before.includes(name))).toEqual([]);
  });
});
