import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ContainerCreate } from '../../src/engine/index.ts';
import { readTar } from '../../src/layerfs/index.ts';
import { addBusybox, type Boxtop, openBoxtop } from '../support/boxtop.ts';
import { runCommandLine } from '../support/cli.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

describe.skipIf(!canRunContainers)('verbs on containers', () => {
  const store = sharedStore();
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'boxtop-verbs-'));
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true });
  });

  const boxtop = (...words: string[]) => runCommandLine(store.engine, words);
  /** Status, output, and the first line of what was said of errors. */
  const said = async (...words: string[]) => {
    const { exitCode, stdout, stderr } = await boxtop(...words);
    return [exitCode, stdout, stderr.split('\n')[0]];
  };
  const daemon = (words: string) => `Error response from daemon: ${words}`;
  async function up(
    name: string,
    script = 'sleep 10000',
    body: Partial<ContainerCreate> = {},
  ): Promise<string> {
    const id = await store.create(['sh', '-c', script], body, name);
    await store.engine.containers.start(id);
    return id;
  }
  async function ended(name: string, script: string, body: Partial<ContainerCreate> = {}): Promise<string> {
    const id = await up(name, script, body);
    await store.engine.containers.wait(id);
    return id;
  }
  const exists = (id: string) =>
    store.engine.containers.inspect(id).then(
      () => true,
      () => false,
    );

  it("top passes ps its options and shows only the container's processes", async () => {
    const id = await up('topped', 'sleep 10001 & sleep 10002');
    await store.engine.containers.execCreate('topped', { Cmd: ['true'] });
    const { stdout } = await boxtop('top', 'topped');
    expect(stdout.split('\n')[0]).toMatch(/^UID {17}PID {17}PPID {16}C {19}STIME/);
    const both = /^PID +COMMAND\n(\d+ +sleep 1000[12]\n){2}$/;
    // the shell may not have started them yet
    await expect.poll(async () => (await boxtop('top', 'topped', '-o', 'pid,args')).stdout).toMatch(both);
    expect((await boxtop('top', 'topped', 'aux')).stdout).toMatch(/^USER +PID +%CPU/);
    for (const options of [['-o', 'comm'], ['-o', 'pid='], ['-eo', 'user'], ['h']])
      expect(await said('top', 'topped', ...options)).toEqual([
        1,
        '',
        daemon("Couldn't find PID field in ps output"),
      ]);
    expect(await said('top', 'topped', '-Q')).toEqual([1, '', daemon('ps: error: unsupported SysV option')]);
    await store.engine.containers.pause('topped');
    expect((await boxtop('top', 'topped', '-o', 'pid,comm')).stdout).toContain('sleep');
    expect(await said('rm', 'topped')).toEqual([
      1,
      '',
      daemon(
        `You cannot remove a paused container ${id}. Unpause and then stop the container before attempting removal or force remove`,
      ),
    ]);
    expect(await said('rm', '-f', 'topped')).toEqual([0, 'topped\n', '']);
    const stopped = await ended('ended', 'exit 3');
    expect(await said('top', 'ended')).toEqual([1, '', daemon(`Container ${stopped} is not running`)]);
    expect(await said('top', 'none')).toEqual([1, '', daemon('No such container: none')]);
  });

  it('wait prints the status of each, in order, and goes on behind one that is missing', async () => {
    await ended('three', 'exit 3');
    await up('four', 'sleep 0.2; exit 4');
    expect(await said('wait', 'four', 'none', 'three')).toEqual([
      1,
      '4\n3\n',
      daemon('No such container: none'),
    ]);
  });

  it('rename takes a free name in the right form, and says what it was wanted for', async () => {
    await store.create(['true'], {}, 'old');
    const other = await store.create(['true'], {}, 'taken');
    const allocating = (words: string) => [1, '', daemon(`Error when allocating new name: ${words}`)];
    const form = 'only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed';
    for (const bad of ['a/b', 'ü', 'x', '.x'])
      expect(await said('rename', 'old', bad)).toEqual(
        allocating(`Invalid container name (/${bad}), ${form}`),
      );
    expect(await said('rename', 'old', 'taken')).toEqual(
      allocating(
        `Conflict. The container name "/taken" is already in use by container "${other}". You have to remove (or rename) that container to be able to reuse that name.`,
      ),
    );
    expect(await said('rename', 'old', 'old')).toEqual([
      1,
      '',
      daemon('Renaming a container with the same name as its current name'),
    ]);
    expect(await said('rename', 'old', '')).toEqual([1, '', 'Error: Neither old nor new names may be empty']);
    expect(await said('rename', 'none', 'free')).toEqual([1, '', daemon('No such container: none')]);
    expect(await said('rename', 'old', '/new')).toEqual([0, '', '']);
    expect([await exists('old'), await exists('new')]).toEqual([false, true]);
  });

  it('port asks for a number and a protocol', async () => {
    await store.create(['true'], {}, 'ported');
    expect(await said('port', 'ported')).toEqual([0, '', '']);
    expect(await said('port', 'ported', '80')).toEqual([
      1,
      '',
      "Error: No public port '80/tcp' published for ported",
    ]);
    expect(await said('port', 'ported', '53/udp')).toEqual([
      1,
      '',
      "Error: No public port '53/udp' published for ported",
    ]);
    expect(await said('port', 'ported', 'web')).toEqual([
      1,
      '',
      'strconv.ParseUint: parsing "web": invalid syntax',
    ]);
    expect(await said('port', 'ported', '65536')).toEqual([
      1,
      '',
      'strconv.ParseUint: parsing "65536": value out of range',
    ]);
    expect(await said('port', 'none')).toEqual([1, '', 'Error: No such container: none']);
  });

  it('diff tells additions, changes and removals, of folders replaced as well', async () => {
    await ended(
      'changed',
      'echo a >/a; ln -s a /l; mkfifo /p; rm /etc/group; chmod 600 /etc/passwd; rm -r /root; echo f >/root; rm /bin/cat; mkdir -p /bin/cat/below; mv /tmp /moved; echo h >>/etc/hosts',
    );
    expect((await boxtop('diff', 'changed')).stdout.split('\n')).toEqual([
      'A /a',
      'C /bin',
      'C /bin/cat',
      'A /bin/cat/below',
      'C /etc',
      'D /etc/group',
      'C /etc/passwd',
      'A /l',
      'A /moved',
      'A /p',
      'C /root',
      'D /tmp',
      '',
    ]);
    expect(await said('diff', 'none')).toEqual([1, '', daemon('No such container: none')]);
  });

  it('export writes whole files or none', async () => {
    await ended('exported', 'echo x >/x');
    const file = join(folder, 'out.tar');
    expect(await said('export', '-o', file, 'exported')).toEqual([0, '', '']);
    const names: string[] = [];
    for await (const { name } of readTar(Readable.from([readFileSync(file)]))) names.push(name);
    expect(names).toEqual(expect.arrayContaining(['x', 'etc/passwd', 'proc/']));
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const failed = (words: string) => [1, '', `failed to export container: ${words}`];
    expect(await said('export', '-o', join(folder, 'no/x'), 'exported')).toEqual(
      failed(`invalid output path: directory "${folder}/no" does not exist`),
    );
    expect(await said('export', '-o', '/dev/null', 'exported')).toEqual(
      failed('invalid output path: "/dev/null" must be a directory or a regular file: got a device'),
    );
    expect(await said('export', '-o', folder, 'exported')).toEqual(failed(`open ${folder}: is a directory`));
    expect(await said('export', '-o', join(folder, 'other'), 'none')).toEqual([
      1,
      '',
      daemon('No such container: none'),
    ]);
    expect(readdirSync(folder)).toEqual(['out.tar']);
    expect(statSync('/dev/null').isCharacterDevice()).toBe(true);
  });

  it('rm removes what it can, words each failure, and takes anonymous volumes with -v', async () => {
    const running = await up('running');
    await store.create(
      ['true'],
      { Volumes: { '/anonymous': {} }, HostConfig: { Binds: ['named:/named'] } },
      'one',
    );
    await store.create(['true'], { Volumes: { '/anonymous': {} } }, 'two');
    const volumes = async () => (await store.engine.volumes.list()).length;
    const before = await volumes();
    const refusal = daemon(
      `You cannot remove a running container ${running}. Stop the container before attempting removal or force remove`,
    );
    expect(await said('rm', 'running', 'one', 'none')).toEqual([1, 'one\n', refusal]);
    expect(await volumes()).toBe(before);
    expect(await said('rm', '-v', 'two')).toEqual([0, 'two\n', '']);
    expect(await volumes()).toBe(before - 1);
    expect(await said('rm', '-f', 'none', 'running')).toEqual([
      0,
      'running\n',
      'Error: No such container: none',
    ]);
    expect(await said('rm', '-f', '')).toEqual([1, '', 'Container name cannot be empty']);
    await store.create(['true'], {}, 'linked');
    expect(await said('rm', '-l', 'linked')).toEqual([
      1,
      '',
      daemon('Conflict, cannot remove the default link name of the container'),
    ]);
    expect(await said('rm', '-l', 'linked/alias')).toEqual([1, '', 'Error: No such container: linked/alias']);
    expect(await exists('linked')).toBe(true);
  });

  it('container prune counts what it frees, by its filters, and never begins with a bad one', async () => {
    await ended('labelled', 'head -c 100000 /dev/zero >/x; ln /x /y', { Labels: { kind: 'a' } });
    const kept = await ended('other', 'true', { Labels: { kind: 'b' } });
    const prune = (...filters: string[]) =>
      said('container', 'prune', '-f', ...filters.flatMap((filter) => ['--filter', filter]));
    const nothing = [0, 'Total reclaimed space: 0B\n', ''];
    expect(await prune('label=kind', 'until=rubbish')).toEqual([
      1,
      '',
      expect.stringContaining('failed to parse value as time or duration: "rubbish"'),
    ]);
    expect(await prune('label=kind', 'until=1h', 'until=2h')).toEqual([
      1,
      '',
      daemon('more than one until filter specified'),
    ]);
    expect(await prune('foo=1')).toEqual([1, '', daemon("Invalid filter 'foo'")]);
    expect(await prune('label=kind', 'until=10m')).toEqual(nothing);
    expect(await prune('label=kind', 'label!=kind=b')).toEqual([
      0,
      expect.stringMatching(/^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: 100kB\n$/),
      '',
    ]);
    expect([await exists('labelled'), await exists(kept)]).toEqual([false, true]);
    expect(await said('container', 'prune', '--filter', 'label=kind')).toEqual(nothing); // not confirmed
    expect(await exists(kept)).toBe(true);
  });
});

/** Interrupts an export as soon as it writes. Returns its status; nothing is left of one that succeeded. */
async function interruptedExport(boxtop: Boxtop): Promise<number> {
  const file = join(boxtop.work, 'out.tar');
  const exporting = boxtop.start(['export', '-o', file, 'large']);
  let isOver = false;
  const note = () => {
    isOver = true;
  };
  exporting.ended.then(note, note);
  while (!isOver && !readdirSync(boxtop.work).some((name) => name.startsWith('.boxtop-')))
    await new Promise(setImmediate);
  exporting.kill('SIGINT');
  const { exitCode } = await exporting.ended;
  if (exitCode === 0) rmSync(file);
  return exitCode;
}

describe.skipIf(!canRunContainers)('the program', () => {
  it('leaves no half export behind when it is cancelled, no volume behind run --rm, no terminal full of tar', async () => {
    const boxtop = openBoxtop('verbs');
    try {
      await addBusybox(boxtop);
      await boxtop.ok(
        'run',
        '--rm',
        '--network',
        'none',
        '-v',
        '/anonymous',
        '-v',
        'named:/named',
        'busybox',
        'true',
      );
      expect(await boxtop.ok('volume', 'ls', '-q')).toBe('named');
      await boxtop.ok(
        'run',
        '--network',
        'none',
        '--name',
        'large',
        'busybox',
        'sh',
        '-c',
        'head -c 100000000 /dev/zero >/large',
      );
      // again when it was ready before the signal came
      await expect.poll(() => interruptedExport(boxtop)).toBe(130);
      expect(readdirSync(boxtop.work)).toEqual(['busybox.tar']);
      const terminal = boxtop.terminal(['export', 'large']);
      await terminal.waitFor('cowardly refusing to save to a terminal');
      expect(await terminal.exitCode).toBe(1);
    } finally {
      await boxtop.dispose();
    }
  });
});
