import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { addBusybox, openBoxtop } from '../support/boxtop.ts';
import { runCommandLine } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore, until } from '../support/store.ts';

const RUNTIME = 'OCI runtime exec failed: exec failed: ';
const START = `${RUNTIME}unable to start container process: `;

describe.skipIf(!canRunContainers)('exec', () => {
  const store = sharedStore();
  let folder: string;
  let id: string;

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'boxtop-exec-'));
    id = await store.create(
      ['sleep', '10000'],
      {
        Env: ['A=container', 'B=container'],
        HostConfig: { CapDrop: ['NET_RAW'], GroupAdd: ['77'], OomScoreAdj: 300 },
      },
      'up',
    );
    await store.engine.containers.start('up');
    await exec(
      'up',
      'sh',
      '-c',
      'echo me:x:12:13::/var:/bin/sh >>/etc/passwd; printf "gr:x:14:me\\nmore:x:15:me\\n" >>/etc/group',
    );
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  const exec = (...args: string[]) => runCommandLine(store.engine, ['exec', ...args]);
  const said = async (...args: string[]) => {
    const { exitCode, stdout, stderr } = await exec(...args);
    return [exitCode, stdout.trim(), stderr.trim()];
  };

  it.each<[string[], number, string]>([
    [['up', 'sh', '-c', 'exit 3'], 3, ''],
    [['up', 'sh', '-c', 'kill -9 $$'], 137, ''],
    [['up', 'sh', '-c', 'kill -15 $$'], 143, ''],
    [['up', 'nosuch'], 127, `${START}exec: "nosuch": executable file not found in $PATH: unknown`],
    [['-t', 'up', 'nosuch'], 127, `${START}exec: "nosuch": executable file not found in $PATH: unknown`],
    [['up', '/nosuch'], 127, `${START}exec: "/nosuch": stat /nosuch: no such file or directory: unknown`],
    [
      ['up', '/etc/passwd/x'],
      126,
      `${START}exec: "/etc/passwd/x": stat /etc/passwd/x: not a directory: unknown`,
    ],
    [['up', '/etc'], 126, `${START}exec: "/etc": permission denied: unknown`],
    [['up', '/etc/passwd'], 126, `${START}exec: "/etc/passwd": permission denied: unknown`],
    [['up', ''], 127, `${START}exec: "": executable file not found in $PATH: unknown`],
    [
      ['-w', '/none', 'up', 'pwd'],
      126,
      `${START}chdir to cwd ("/none") set in config.json failed: no such file or directory: unknown`,
    ],
    [
      ['-w', '/etc/passwd', 'up', 'pwd'],
      126,
      `${START}chdir to cwd ("/etc/passwd") set in config.json failed: not a directory: unknown`,
    ],
    [['-w', 'etc', 'up', 'pwd'], 126, `${RUNTIME}Cwd must be an absolute path: unknown`],
    [['-w', '/proc/self/fd/7', 'up', 'pwd'], 126, `${RUNTIME}Cwd must be an absolute path: unknown`],
    [['-u', 'none', 'up', 'id'], 126, 'unable to find user none: no matching entries in passwd file'],
    [['-u', 'root:none', 'up', 'id'], 126, 'unable to find group none: no matching entries in group file'],
    [['-u', '2147483648', 'up', 'id'], 126, 'uids and gids must be in range 0-2147483647'],
    [
      ['-e', '=x', 'up', 'id'],
      125,
      `invalid argument "=x" for "-e, --env" flag: invalid environment variable: =x\nSee 'boxtop exec --help'.`,
    ],
  ])('%j ends with %i', async (args, status, words) => {
    expect(await said(...args)).toEqual([status, '', words]);
  });

  it.each<[string[], string]>([
    [['-u', 'me', 'up', 'sh', '-c', 'id -u; id -g; id -G; echo $HOME'], '12\n13\n13 14 15 77\n/var'],
    [['-u', 'me:gr', 'up', 'sh', '-c', 'id -u; id -G'], '12\n14 77'],
    [['-u', '500:600', 'up', 'sh', '-c', 'id -u; id -G; echo $HOME'], '500\n600 77\n/'],
    [['-u', '12', 'up', 'sh', '-c', 'id -G'], '13 14 15 77'],
    [['-e', 'A=exec', '-e', 'C', 'up', 'sh', '-c', 'echo $A $B ${C-unset}'], 'exec container unset'],
    [['-w', '/tmp/..//etc', 'up', 'pwd'], '/etc'],
    [['up', 'cat', '/proc/self/oom_score_adj'], '300'],
  ])('%j', async (args, output) => {
    expect(await said(...args)).toEqual([0, output, '']);
  });

  it('reads files of variables, which -e overrides', async () => {
    const file = join(folder, 'env');
    writeFileSync(file, '# note\nX=1\n\nY=two words\nNONE\n');
    expect(await said('--env-file', file, '-e', 'X=2', 'up', 'sh', '-c', 'echo $X $Y ${NONE-unset}')).toEqual(
      [0, '2 two words unset', ''],
    );
  });

  it("has the container's confinement: capabilities, seccomp, no descriptor of ours; --privileged adds capabilities only", async () => {
    const ask = 'cd /proc/self; grep -E "Cap(Eff|Bnd)|^Seccomp:|NoNew" status; ls fd | wc -l';
    const { containers } = store.engine;
    const [, plain] = await said('up', 'sh', '-c', ask);
    const { State } = (await containers.inspect('up')) as unknown as { State: { Pid: number } };
    const first = readFileSync(`/proc/${State.Pid}/status`, 'utf8');
    const lines = first.split('\n').filter((line) => /^Cap(Eff|Bnd)|^Seccomp:|NoNew/.test(line));
    expect(plain).toBe([...lines, '3'].join('\n'));
    const [, more] = await said('--privileged', 'up', 'sh', '-c', ask);
    const capabilities = (text: unknown) => BigInt(`0x${/CapEff:\t(\w+)/.exec(String(text))?.[1]}`);
    expect(capabilities(more)).toBeGreaterThan(capabilities(plain));
    expect(more).toMatch(/Seccomp:\t2/);
    expect((await said('-u', 'me', 'up', 'grep', 'CapEff', '/proc/self/status'))[1]).toMatch(/\t0+$/);
  });

  it('is refused in containers that do not run, in the words of Docker', async () => {
    const other = await store.create(['sleep', '10000'], {}, 'other');
    const notRunning = [1, '', `Error response from daemon: Container ${other} is not running`];
    expect(await said('other', 'true')).toEqual(notRunning);
    await store.engine.containers.start('other');
    await store.engine.containers.pause('other');
    for (const flags of [[], ['-d']])
      expect(await said(...flags, 'other', 'true')).toEqual([
        1,
        '',
        'Error response from daemon: Container other is paused, unpause the container before exec',
      ]);
    await store.engine.containers.unpause('other');
    await store.engine.containers.kill('other');
    await store.engine.containers.wait('other');
    expect(await said('other', 'true')).toEqual(notRunning);
    expect((await said('none', 'true'))[2]).toMatch(/^Error: No such container: none/);
  });

  const execIds = async (name = 'up') =>
    ((await store.engine.containers.inspect(name))['ExecIDs'] ?? []) as string[];

  it('detached, is listed while it runs and keeps its exit code', async () => {
    expect(await said('-d', 'up', 'sh', '-c', 'until [ -e /go ]; do sleep 0.05; done; exit 9')).toEqual([
      0,
      '',
      '',
    ]);
    const ids = await execIds();
    expect(ids).toHaveLength(1);
    expect(await store.engine.containers.execInspect(ids[0]!)).toMatchObject({
      Running: true,
      ExitCode: null,
      ContainerID: id,
    });
    await exec('up', 'touch', '/go');
    await until(async () => (await execIds()).length === 0);
    expect(await store.engine.containers.execInspect(ids[0]!)).toMatchObject({ Running: false, ExitCode: 9 });
    expect(await said('-d', 'up', 'nosuch')).toMatchObject([
      1,
      '',
      expect.stringContaining('executable file not found'),
    ]);
    expect(await execIds()).toEqual([]);
  });

  it('runs many at once, each with its own output and status', async () => {
    const numbers = Array.from({ length: 12 }, (_, i) => i + 1);
    const results = await Promise.all(
      numbers.map((n) => said('up', 'sh', '-c', `echo out ${n}; echo err ${n} >&2; exit ${n}`)),
    );
    expect(results).toEqual(numbers.map((n) => [n, `out ${n}`, `err ${n}`]));
    expect(await execIds()).toEqual([]);
  });

  it.each(['kill', 'remove'] as const)('ends when its container is ended: %s', async (verb) => {
    const { containers } = store.engine;
    const name = `short-${verb}`;
    await store.create(['sleep', '10000'], {}, name);
    await containers.start(name);
    const running = exec(name, 'sh', '-c', 'echo up; sleep 10000');
    await until(async () => {
      const [first] = await execIds(name);
      return first !== undefined && (await containers.execInspect(first)).Pid > 0;
    });
    await (verb === 'kill' ? containers.kill(name) : containers.remove(name, { force: true }));
    expect((await running).exitCode).toBe(137);
  });

  it('has ended when its monitor was killed, whoever has its pid then', async () => {
    const { containers } = store.engine;
    const { Id } = await containers.execCreate('up', { Cmd: ['sleep', '10000'] });
    await containers.execStart(Id);
    const file = join(store.root, 'run/containers', id, `exec-${Id}`, 'conmon.pid');
    process.kill(Number(readFileSync(file, 'utf8')), 'SIGKILL');
    writeFileSync(file, String(process.pid));
    await until(async () => !(await containers.execInspect(Id)).Running);
    expect((await containers.execInspect(Id)).ExitCode).toBe(137);
  });
});

describe.skipIf(!canRunContainers)('an exec whose client is killed', () => {
  it('goes on, ends by itself, and is recorded', async () => {
    const boxtop = openBoxtop('exec');
    try {
      await addBusybox(boxtop);
      await boxtop.ok('run', '-d', '--network', 'none', '--name', 'up', 'busybox', 'sleep', '10000');
      const client = boxtop.start([
        'exec',
        'up',
        'sh',
        '-c',
        'echo started; until [ -e /go ]; do sleep 0.05; done; echo ended >/end; exit 5',
      ]);
      await client.said(/started/);
      client.kill('SIGKILL');
      expect((await client.ended).exitCode).toBe(137);
      expect(await boxtop.ok('inspect', '-f', '{{len .ExecIDs}}', 'up')).toBe('1');
      expect(await boxtop.ok('top', 'up', '-o', 'pid,args')).toContain('/go');
      await boxtop.ok('exec', 'up', 'touch', '/go');
      const died = boxtop.start([
        'events',
        '--since',
        '0',
        '--filter',
        'event=exec_die',
        '--format',
        '{{.Actor.Attributes.exitCode}}',
      ]);
      await died.said(/^5$/m); // without anybody looking at the container
      died.kill('SIGINT');
      await died.ended;
      expect(await boxtop.ok('inspect', '-f', '{{json .ExecIDs}}', 'up')).toBe('null');
      expect(await boxtop.ok('exec', 'up', 'cat', '/end')).toBe('ended');
    } finally {
      await boxtop.dispose();
    }
  });
});
