import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from 'vitest';
import type { ExecCreate } from '../../../src/engine/index.ts';
import { processesOf } from '../../support/leaks.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { readAll, readUntil, sharedStore, until } from '../../support/store.ts';

describe.skipIf(!canRunContainers)('exec', () => {
  const store = sharedStore();
  let id: string;
  beforeAll(async () => {
    id = await store.create(
      ['sleep', '1000'],
      { Env: ['FROM=container'], HostConfig: { Init: true } },
      'host',
    );
    await store.engine.containers.start(id);
  });

  const exec = async (body: ExecCreate) => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate(id, body);
    const stream = (await containers.execStart(Id, { attach: true }))!;
    const output = await readAll(stream);
    return { Id, ...output, code: await containers.execWait(Id) };
  };

  it('runs a second process with both outputs apart and its own exit code', async () => {
    const result = await exec({ Cmd: ['sh', '-c', 'echo o; echo e >&2; exit 6'] });
    expect(result).toMatchObject({ stdout: 'o\n', stderr: 'e\n', code: 6 });
    expect(await store.engine.containers.execInspect(result.Id)).toMatchObject({
      Running: false,
      ExitCode: 6,
      ContainerID: id,
    });
    expect((await store.engine.containers.inspect(id)).State.Running).toBe(true);
  });

  it('takes environment, user and working directory of its own', async () => {
    const result = await exec({
      Cmd: ['sh', '-c', 'echo $FROM $X; id -u; id -G; pwd; echo $HOME'],
      Env: ['X=1'],
      User: 'user',
      WorkingDir: '/tmp',
    });
    expect(result.stdout).toBe('container 1\n1000\n1000 2000\n/tmp\n/home\n');
    await expect(exec({ Cmd: ['true'], User: 'nobody-knows' })).rejects.toThrow(
      'unable to find user nobody-knows: no matching entries in passwd file',
    );
  });

  it('hands input on and ends it', async () => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate(id, { Cmd: ['cat'], AttachStdin: true });
    const stream = (await containers.execStart(Id, { attach: true }))!;
    await stream.write(Buffer.from('through\n'));
    stream.closeInput();
    expect((await readAll(stream)).stdout).toBe('through\n');
    expect(await containers.execWait(Id)).toBe(0);
  });

  it('has a terminal that follows the size it is told', async () => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate(id, { Cmd: ['sh'], AttachStdin: true, Tty: true });
    const stream = (await containers.execStart(Id, { attach: true, size: { rows: 33, cols: 99 } }))!;
    const output = stream.output[Symbol.asyncIterator]();
    await stream.write(Buffer.from('stty size\n'));
    await readUntil(output, '33 99');
    await stream.resize(40, 120);
    await stream.write(Buffer.from('stty size\n'));
    await readUntil(output, '40 120');
    await stream.write(Buffer.from('exit 3\n'));
    expect(await containers.execWait(Id)).toBe(3);
  });

  it('fails with 127 and 126 in the words of Docker', async () => {
    const missing = await exec({ Cmd: ['nope'] }).catch((error: unknown) => error);
    expect(missing).toMatchObject({ exitCode: 127 });
    expect((missing as Error).message).toContain(
      'OCI runtime exec failed: exec failed: unable to start container process: exec: "nope": executable file not found in $PATH: unknown',
    );
    await expect(exec({ Cmd: ['/etc/passwd'] })).rejects.toMatchObject({ exitCode: 126 });
  });

  it('runs detached and tells the exit code later', async () => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate(id, {
      Cmd: ['sh', '-c', 'echo made > /tmp/detached; exit 4'],
    });
    expect(await containers.execStart(Id)).toBeUndefined();
    expect(await containers.execWait(Id)).toBe(4);
    expect((await exec({ Cmd: ['cat', '/tmp/detached'] })).stdout).toBe('made\n');
    await expect(containers.execStart(Id)).rejects.toMatchObject({ code: 'CONFLICT' });
  });

  it('gives all of our capabilities when privileged, and none in the inheritable set', async () => {
    const caps = (await exec({ Cmd: ['grep', 'Cap', '/proc/self/status'], Privileged: true })).stdout;
    const ours = /^CapBnd:\s*(\w+)$/m.exec(readFileSync('/proc/self/status', 'utf8'))![1];
    expect(caps).toMatch(new RegExp(`CapEff:\\s*${ours}`));
    expect(caps).toMatch(/CapInh:\s*0{16}/);
  });

  it('leaves the process running when its client goes away, and ends with the container', async () => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate(id, { Cmd: ['sleep', '1000'] });
    (await containers.execStart(Id, { attach: true }))!.close();
    expect(await containers.execInspect(Id)).toMatchObject({ Running: true });
    await containers.stop(id, { timeout: 0 });
    expect(await containers.execWait(Id)).toBe(137);
    await expect(containers.execCreate(id, { Cmd: ['true'] })).rejects.toThrow(
      `Container ${id} is not running`,
    );
    await until(() => processesOf(store.root).length === 0);
  });
});
