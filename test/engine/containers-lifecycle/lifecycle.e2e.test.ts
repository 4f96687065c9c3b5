import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mountsOf, processesOf } from '../../support/leaks.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedStore, until } from '../../support/store.ts';

describe.skipIf(!canRunContainers)('the life of a container', () => {
  const store = sharedStore();

  /** The first process of a namespace gets no signal before it has set its trap. */
  const hasOutput = (id: string, wanted = '') =>
    until(async () => {
      for await (const lines of store.engine.containers.logs(id)) {
        if (lines.some(({ data }) => data.toString().includes(wanted))) return true;
      }
      return false;
    });

  const state = async (id: string) => (await store.engine.containers.inspect(id)).State;

  it('runs a command, keeps stdout and stderr apart and passes the exit code on', async () => {
    const result = await store.run(['sh', '-c', 'echo out; echo err >&2; exit 42']);
    expect(result).toMatchObject({ code: 42, stdout: 'out\n', stderr: 'err\n' });
    expect(await state(result.id)).toMatchObject({ Status: 'exited', Running: false, ExitCode: 42, Pid: 0 });
    expect(mountsOf(store.root)).toEqual([]);
  });

  it('tells a death by signal as 128 + n', async () => {
    expect(
      (await store.run(['sh', '-c', 'kill -TERM $$; sleep 5'], { HostConfig: { Init: true } })).code,
    ).toBe(143);
  });

  it('goes through created, running, paused, exited and removed', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sleep', '100'], {}, 'states');
    expect((await state(id)).Status).toBe('created');
    await containers.start('states');
    expect(await state(id)).toMatchObject({ Status: 'running', Running: true });
    await containers.pause(id.slice(0, 12));
    expect(await state(id)).toMatchObject({ Status: 'paused', Paused: true, Running: true });
    await expect(containers.remove(id)).rejects.toThrow(/You cannot remove a paused container/);
    await containers.unpause(id);
    await expect(containers.unpause(id)).rejects.toThrow(`Container ${id} is not paused`);
    await expect(containers.remove(id)).rejects.toThrow(
      `You cannot remove a running container ${id}. Stop the container before attempting removal or force remove`,
    );
    await containers.stop(id, { timeout: 0 });
    expect(await state(id)).toMatchObject({ Status: 'exited', ExitCode: 137 });
    await containers.start(id);
    expect((await state(id)).Status).toBe('running');
    await containers.remove(id, { force: true });
    await expect(containers.inspect(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(existsSync(join(store.root, 'containers', id))).toBe(false);
  });

  it('stops with the STOPSIGNAL of the image and kills only after the grace time', async () => {
    const { containers } = store.engine;
    const trap = ['sh', '-c', 'trap "exit 7" USR1; echo up; while :; do sleep 0.05; done'];
    const polite = await store.create(trap, { StopSignal: 'SIGUSR1' });
    await containers.start(polite);
    await hasOutput(polite);
    await containers.stop(polite, { timeout: 60 });
    expect((await state(polite)).ExitCode).toBe(7);
  });

  it('restarts into a new process with the same files', async () => {
    const { containers } = store.engine;
    const id = await store.create(['sh', '-c', 'echo x >> /count; wc -l < /count; exec sleep 100']);
    await containers.start(id);
    await hasOutput(id);
    const before = (await state(id)).Pid;
    await containers.restart(id, { timeout: 0 });
    expect((await state(id)).Pid).not.toBe(before);
    await hasOutput(id, '2');
    const exec = await containers.execCreate(id, { Cmd: ['cat', '/count'], AttachStdout: true });
    const stream = await containers.execStart(exec.Id, { attach: true });
    let text = '';
    for await (const { data } of stream!.output) text += data;
    expect(text).toBe('x\nx\n');
    await containers.kill(id);
  });

  it('sends signals by name and number and refuses what is none', async () => {
    const { containers } = store.engine;
    const id = await store.create([
      'sh',
      '-c',
      'trap "exit 143" TERM; echo up; while :; do sleep 0.05; done',
    ]);
    await containers.start(id);
    await hasOutput(id);
    await expect(containers.kill(id, { signal: 'SIGNOPE' })).rejects.toThrow('Invalid signal: SIGNOPE');
    await containers.kill(id, { signal: '15' });
    expect(await containers.wait(id)).toEqual({ StatusCode: 143 });
    await expect(containers.kill(id)).rejects.toThrow(
      `Cannot kill container: ${id}: Container ${id} is not running`,
    );
  });

  it('removes a --rm container with everything it had, and tells its exit code all the same', async () => {
    const { id, code } = await store.run(['sh', '-c', 'exit 5'], { HostConfig: { AutoRemove: true } });
    expect(code).toBe(5);
    await expect(store.engine.containers.inspect(id)).rejects.toMatchObject({ code: 'NOT_FOUND' });
    expect(existsSync(join(store.root, 'containers', id))).toBe(false);
    expect(readdirSync(join(store.root, 'run', 'containers'))).not.toContain(id);
  });

  it('refuses a name in use, in words that name the holder', async () => {
    const id = await store.create(['true'], {}, 'taken');
    await expect(store.create(['true'], {}, 'taken')).rejects.toThrow(
      `Conflict. The container name "/taken" is already in use by container "${id}". You have to remove (or rename) that container to be able to reuse that name.`,
    );
    await store.engine.containers.rename('taken', 'free');
    await store.create(['true'], {}, 'taken');
    await expect(store.engine.containers.rename('free', 'taken')).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('ends with 127 or 126 when the program is missing or not executable, and leaves nothing running', async () => {
    for (const [program, exitCode, words] of [
      ['nope', 127, 'exec: "nope": executable file not found in $PATH: unknown'],
      ['/nope', 127, 'exec: "/nope": stat /nope: no such file or directory: unknown'],
      ['/etc/passwd', 126, 'exec: "/etc/passwd": permission denied: unknown'],
    ] as const) {
      const id = await store.create([program]);
      const failure = await store.engine.containers.start(id).catch((error: unknown) => error);
      expect(failure).toMatchObject({ exitCode });
      expect((failure as Error).message).toContain(words);
      expect(await state(id)).toMatchObject({ Status: 'created', ExitCode: exitCode, Pid: 0 });
      expect((await state(id)).Error).toContain(words);
      expect(mountsOf(store.root)).toEqual([]);
      await until(() => processesOf(store.root).length === 0);
    }
  });

  it('waits for the next exit of a container that was not started yet', async () => {
    const id = await store.create(['sh', '-c', 'exit 9']);
    const exit = store.engine.containers.wait(id, { condition: 'next-exit' });
    await store.engine.containers.start(id);
    expect(await exit).toEqual({ StatusCode: 9 });
    const abort = new AbortController();
    const endless = store.engine.containers.wait(id, { condition: 'next-exit', signal: abort.signal });
    abort.abort();
    await expect(endless).rejects.toMatchObject({ code: 'CANCELED' });
  });

  it('records events as Docker names them', async () => {
    const since = (Date.now() / 1000).toFixed(3);
    const { id } = await store.run(['sh', '-c', 'exit 3'], { Labels: { a: 'b' } });
    await store.engine.containers.remove(id);
    const seen = [];
    const until = ((Date.now() + 5) / 1000).toFixed(3);
    for await (const event of store.engine.system.events({ since, until, filters: { container: [id] } }))
      seen.push(event);
    expect(seen.map(({ Action }) => Action)).toEqual(['create', 'attach', 'start', 'die', 'destroy']);
    expect(seen[3]!.Actor.Attributes).toMatchObject({ exitCode: '3', image: 'busybox', a: 'b' });
  });
});
