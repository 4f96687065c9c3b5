import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../../support/boxtop.ts';
import { canRunContainers } from '../../support/requirements.ts';

/** Without a network: what is tested here is the command line. */
const RUN = ['run', '--network', 'none'];

describe.skipIf(!canRunContainers)('the command line', () => {
  const boxtop = sharedBoxtop('cli');

  it("lists images in Docker's columns", async () => {
    const [header, row] = (await boxtop.ok('image', 'ls')).split('\n');
    expect(header).toMatch(/^REPOSITORY {3}TAG {7}IMAGE ID {7}CREATED {2,}SIZE$/);
    expect(row).toMatch(/^busybox {6}latest {4}[0-9a-f]{12} {3}.*\d+(\.\d+)?MB$/);
    expect(await boxtop.ok('images', '--format', '{{.Repository}}:{{.Tag}}')).toBe('busybox:latest');
  });

  it("gives the process's exit code and keeps its streams apart", async () => {
    const result = await boxtop.run([
      ...RUN,
      '--rm',
      'busybox',
      'sh',
      '-c',
      'echo out; echo err >&2; exit 7',
    ]);
    expect(result).toEqual({ exitCode: 7, stdout: 'out\n', stderr: 'err\n' });
  });

  it('passes stdin on, and ends it', async () => {
    const result = await boxtop.run([...RUN, '--rm', '-i', 'busybox', 'cat'], { stdin: 'one\ntwo\n' });
    expect(result).toEqual({ exitCode: 0, stdout: 'one\ntwo\n', stderr: '' });
  });

  it('has status 127 for a program that is not there, and leaves nothing with --rm', async () => {
    const { exitCode, stderr } = await boxtop.run([...RUN, '--rm', '--name', 'none', 'busybox', 'nosuch']);
    expect(exitCode).toBe(127);
    expect(stderr).toMatch(
      /^boxtop: Error response from daemon: .*exec: "nosuch": executable file not found in \$PATH/,
    );
    expect(await boxtop.ok('ps', '-aq', '--filter', 'name=none')).toBe('');
  });

  it('refuses a terminal it has not', async () => {
    expect(await boxtop.run([...RUN, '-it', 'busybox', 'sh'])).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'the input device is not a TTY\n',
    });
  });

  it('goes through the life of a container by both spellings', async () => {
    const id = await boxtop.ok(
      ...RUN,
      '-d',
      '--name',
      'life',
      '-l',
      'a=b',
      'busybox',
      'sh',
      '-c',
      'echo hi; exec sleep 100',
    );
    expect(id).toMatch(/^[0-9a-f]{64}$/);
    expect(
      await boxtop.ok('container', 'ls', '--format', '{{.Names}} {{.Image}} {{.Label "a"}} {{.State}}'),
    ).toBe('life busybox b running');
    expect(await boxtop.ok('pause', id.slice(0, 12))).toBe(id.slice(0, 12));
    expect(
      await boxtop.ok('inspect', '-f', '{{.State.Status}} {{.Name}} {{json .Config.Labels}}', 'life'),
    ).toBe('paused /life {"a":"b"}');
    await boxtop.ok('unpause', 'life');
    expect((await boxtop.run(['exec', 'life', 'sh', '-c', 'echo in; exit 3'])).exitCode).toBe(3);
    await expect.poll(() => boxtop.ok('logs', 'life')).toBe('hi');
    expect(await boxtop.ok('logs', '-t', '-n1', 'life')).toMatch(/^\d{4}-\d\d-\d\dT[\d:.]{18}Z hi$/);
    expect(await boxtop.ok('top', 'life', '-o', 'pid,args')).toMatch(/sleep 100/);
    const refused = await boxtop.run(['rm', 'life']);
    expect(refused.stderr).toContain(`You cannot remove a running container ${id}`);
    expect(refused.exitCode).toBe(1);
    expect(await boxtop.ok('container', 'stop', '-t', '0', 'life')).toBe('life');
    expect(await boxtop.ok('wait', 'life')).toBe('137');
    await boxtop.ok('rename', 'life', 'after');
    expect(await boxtop.ok('container', 'rm', 'after')).toBe('after');
  });

  it('tries all of several objects and says each failure', async () => {
    await boxtop.ok('create', '--name', 'one', 'busybox', 'true');
    const { exitCode, stdout, stderr } = await boxtop.run(['rm', 'nope', 'one']);
    expect([exitCode, stdout]).toEqual([1, 'one\n']);
    expect(stderr).toContain('Error: No such container: nope');
  });

  it('copies in and out, and as a tar stream', async () => {
    await boxtop.ok('create', '--name', 'files', 'busybox', 'true');
    const file = join(boxtop.work, 'a.txt');
    writeFileSync(file, 'content');
    await boxtop.ok('cp', file, 'files:/b.txt');
    await boxtop.ok('cp', 'files:/b.txt', join(boxtop.work, 'c.txt'));
    expect(readFileSync(join(boxtop.work, 'c.txt'), 'utf8')).toBe('content');
    expect((await boxtop.run(['cp', 'files:/b.txt', '-'])).stdout).toContain('content');
    expect(await boxtop.ok('diff', 'files')).toBe('A /b.txt');
    const missing = await boxtop.run(['cp', 'files:/nope', boxtop.work]);
    expect(missing).toEqual({
      exitCode: 1,
      stdout: '',
      stderr: 'Error: No such container:path: files:/nope\n',
    });
    await boxtop.ok('rm', 'files');
  });

  it('commits, shows the history and removes', async () => {
    await boxtop.ok(...RUN, '--name', 'base', 'busybox', 'touch', '/made');
    await boxtop.ok('commit', '-m', 'made', 'base', 'made:1');
    const history = await boxtop.ok('history', '--format', '{{.Comment}}|{{.CreatedBy}}', 'made:1');
    expect(history.split('\n')[0]).toBe('made|touch /made');
    const used = await boxtop.run(['rmi', 'busybox']);
    expect(used.stderr).toContain('conflict: unable to remove repository reference "busybox" (must force)');
    expect(await boxtop.ok('rmi', 'made:1')).toMatch(/^Untagged: made:1\nDeleted: sha256:/);
    expect(await boxtop.ok('container', 'prune', '-f')).toMatch(
      /^Deleted Containers:\n[0-9a-f]{64}\n\nTotal reclaimed space: /,
    );
  });

  it('asks before it prunes, and takes no answer for no', async () => {
    const { exitCode, stdout } = await boxtop.run(['volume', 'prune'], { stdin: 'n\n' });
    expect(exitCode).toBe(0);
    expect(stdout).toBe(
      'WARNING! This will remove all local volumes not used by at least one container.\n' +
        'Are you sure you want to continue? [y/N] Total reclaimed space: 0B\n',
    );
  });

  it('keeps volumes', async () => {
    expect(await boxtop.ok('volume', 'create', '--label', 'a=b', 'data')).toBe('data');
    await boxtop.ok(...RUN, '--rm', '-v', 'data:/d', 'busybox', 'sh', '-c', 'echo kept > /d/f');
    expect(await boxtop.ok(...RUN, '--rm', '-v', 'data:/d:ro', 'busybox', 'cat', '/d/f')).toBe('kept');
    expect(await boxtop.ok('volume', 'ls', '-f', 'label=a=b', '--format', '{{.Driver}} {{.Name}}')).toBe(
      'local data',
    );
    expect(await boxtop.ok('volume', 'rm', 'data')).toBe('data');
  });

  it('prints every line of a long log', async () => {
    await boxtop.ok(...RUN, '--name', 'many', 'busybox', 'seq', '100000');
    const result = await boxtop.run(['logs', 'many']);
    expect(result.stdout.split('\n').length).toBe(100_001);
    await boxtop.ok('rm', 'many');
  });
});
