/** The main job in order, on real parts: registry, image, container, log, terminal, commit, and nothing left at the end. */
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { sharedRegistry } from '../support/registry.ts';
import { canRunContainers } from '../support/requirements.ts';
import type { TestScreen } from '../support/screen.ts';

describe.skipIf(!canRunContainers)('the story', () => {
  const boxtop = sharedBoxtop('story', { reference: 'base:1', changes: [] });
  const registry = sharedRegistry();
  let image: string;
  let shell: TestScreen;

  beforeAll(() => {
    image = `${registry.host}/team/busybox:1`;
  });

  it('commits an imported userland with a command, and pushes it', async () => {
    const id = await boxtop.ok('create', '--name', 'seed', 'base:1', 'sh');
    await boxtop.ok('commit', '-c', 'CMD ["sh"]', '-m', 'a shell', id, image);
    await boxtop.ok('rm', 'seed');
    const pushed = await boxtop.ok('push', image);
    expect(pushed).toMatch(/1: digest: sha256:[0-9a-f]{64} size: \d+/);
    const catalog = await (await fetch(`http://${registry.host}/v2/_catalog`)).json();
    expect(catalog).toEqual({ repositories: ['team/busybox'] });
  });

  it('removes it, and pulls it back with every layer verified', async () => {
    await boxtop.ok('rmi', image, 'base:1');
    expect(await boxtop.ok('images', '-aq')).toBe('');
    const pulled = await boxtop.ok('pull', image);
    expect(pulled).toMatch(/Digest: sha256:[0-9a-f]{64}\nStatus: Downloaded newer image for /);
    expect(await boxtop.ok('pull', image)).toContain('Status: Image is up to date');
    expect(await boxtop.ok('history', '--format', '{{.Comment}}', image)).toContain('a shell');
  });

  it('runs a ticker in the background and follows its log', async () => {
    const script = 'i=0; while :; do i=$((i+1)); echo tick $i; sleep 0.2; done';
    await boxtop.ok('run', '-d', '--name', 'ticker', image, 'sh', '-c', script);
    const logs = boxtop.terminal(['logs', '-f', 'ticker']);
    await logs.waitFor('tick 5');
    logs.keys('C-c');
    expect(await logs.exitCode).not.toBe(0);
    expect(await boxtop.ok('ps', '--format', '{{.Names}} {{.State}}')).toBe('ticker running');
  });

  it('runs a shell in a terminal, detaches with Ctrl-P Ctrl-Q, and finds it as it was', async () => {
    shell = boxtop.terminal(['run', '-it', '--name', 'box', '--hostname', 'box', image]);
    await shell.waitFor('/ #');
    shell.type('secret=bananas; echo rea""dy\r');
    await shell.waitFor('ready');
    shell.keys('C-p', 'C-q');
    await shell.waitFor('read escape sequence');
    expect(await shell.exitCode).toBe(0);
    expect(shell.modesLeftOn()).toEqual([]);
    expect(await boxtop.ok('ps', '--filter', 'name=box', '--format', '{{.Status}}')).toMatch(/^Up /);

    shell = boxtop.terminal(['attach', 'box']);
    shell.type('echo still $secret\r');
    await shell.waitFor('still bananas');
  });

  it('runs another command in it beside the shell, with its exit code', async () => {
    const { exitCode, stdout } = await boxtop.run(['exec', 'box', 'sh', '-c', 'hostname; exit 7']);
    expect({ exitCode, stdout }).toEqual({ exitCode: 7, stdout: 'box\n' });
  });

  it('shows a changed file in diff, commits it, and finds it in the new image', async () => {
    shell.type('echo kept > /etc/motd; rm /etc/hosts.keep 2>/dev/null; echo wri""tten\r');
    await shell.waitFor('written');
    expect(await boxtop.ok('diff', 'box')).toMatch(/^C \/etc\nA \/etc\/motd/m);
    await boxtop.ok('commit', 'box', 'changed:1');
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'changed:1', 'cat', '/etc/motd')).toBe('kept');
    expect(await boxtop.ok('history', '-q', 'changed:1').then((text) => text.split('\n').length)).toBe(3);
  });

  it('goes on when the attached client is killed', async () => {
    process.kill(shell.pid, 'SIGKILL');
    await shell.exitCode;
    expect(await boxtop.ok('inspect', '--format', '{{.State.Status}}', 'box')).toBe('running');
    shell = boxtop.terminal(['attach', 'box']);
    shell.type('echo $secret again\r');
    await shell.waitFor('bananas again');
  });

  it('ends with the exit code of the shell', async () => {
    shell.type('exit 5\r');
    expect(await shell.exitCode).toBe(5);
    expect(await boxtop.ok('wait', 'box')).toBe('5');
    expect(await boxtop.ok('ps', '-a', '--filter', 'name=box', '--format', '{{.Status}}')).toMatch(
      /^Exited \(5\) /,
    );
  });

  it('removes containers and images', async () => {
    expect((await boxtop.run(['rm', 'ticker'])).stderr).toContain('You cannot remove a running container');
    expect(await boxtop.ok('rm', '-f', 'ticker', 'box')).toBe('ticker\nbox');
    const removed = await boxtop.ok('rmi', 'changed:1', image);
    expect(removed).toMatch(/Untagged: changed:1\n/);
    expect(removed).toMatch(/Deleted: sha256:/);
    expect(await boxtop.ok('ps', '-aq')).toBe('');
    expect(await boxtop.ok('images', '-aq')).toBe('');
  });
});
