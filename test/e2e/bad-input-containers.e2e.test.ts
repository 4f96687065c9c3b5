/** Containers that are not there, not running, not free, or can't start: each refused in one line, nothing half-made. */
import { type AddressInfo, createServer } from 'node:net';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { changesNothing, errorLine, refused } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

const NONE = ['--network', 'none'];
const RUN = ['run', '--rm', ...NONE, 'bb:1'];

describe.skipIf(!canRunContainers)('a container', () => {
  const boxtop = sharedBoxtop('containers', {
    reference: 'bb:1',
    changes: ['CMD ["sh"]', 'ENV PATH=/bin'],
    extra: [
      { name: 'bin/notes', content: 'no program', mode: 0o644 },
      { name: 'bin/garbage', content: '\0garbage', mode: 0o755 },
    ],
  });

  beforeAll(async () => {
    await boxtop.ok('run', '-d', '--name', 'web', ...NONE, 'bb:1', 'sleep', '1000');
    await boxtop.ok('create', '--name', 'idle', ...NONE, 'bb:1', 'true');
  });

  it('is not found: every verb says so and ends with 1', () =>
    changesNothing(boxtop, async () => {
      const verbs = [
        ...['stop', 'kill', 'rm', 'pause', 'unpause', 'restart', 'logs', 'attach', 'wait', 'top'],
        ...['diff', 'port', 'export', 'commit'],
      ];
      for (const verb of verbs) {
        await refused(boxtop, [verb, 'nosuch'], { exitCode: 1, says: 'No such container: nosuch' });
      }
      const others = [
        ['exec', 'nosuch', 'true'],
        ['start', '-a', 'nosuch'],
        ['rename', 'nosuch', 'new'],
        ['stats', '--no-stream', 'nosuch'],
        ['container', 'inspect', 'nosuch'],
      ];
      for (const args of others) {
        await refused(boxtop, args, { exitCode: 1, says: 'No such container: nosuch' });
      }
      await refused(boxtop, ['cp', 'nosuch:/x', boxtop.work], { exitCode: 1, says: 'nosuch:/x' });
      expect((await boxtop.run(['start', 'nosuch'])).stderr).toMatch(/failed to start containers: nosuch\n$/);
    }));

  it('is one of several: a shared prefix of ids is refused, and names them', async () => {
    const made: string[] = [];
    const firsts = new Set<string>();
    // Sixteen first digits: with seventeen containers two share one, mostly much earlier.
    let shared: string | undefined;
    while (shared === undefined) {
      const id = await boxtop.ok('create', ...NONE, 'bb:1', 'true');
      made.push(id);
      if (firsts.has(id[0]!)) shared = id[0]!;
      firsts.add(id[0]!);
    }
    const says = /(Multiple IDs found with provided prefix|ambiguous)/i;
    await refused(boxtop, ['rm', shared], { exitCode: 1, says });
    await refused(boxtop, ['inspect', '--type', 'container', shared], { exitCode: 1, says: /./ });
    await boxtop.ok('rm', ...made);
  });

  it('has a name that another has', () =>
    changesNothing(boxtop, async () => {
      const says = /Conflict\. The container name "\/web" is already in use by container "[0-9a-f]{64}"/;
      await refused(boxtop, ['run', '--rm', '--name', 'web', ...NONE, 'bb:1'], { exitCode: 125, says });
      await refused(boxtop, ['create', '--name', 'web', 'bb:1'], { exitCode: 1, says });
      await refused(boxtop, ['rename', 'idle', 'web'], { exitCode: 1, says });
    }));

  it('is in the wrong state for the verb', () =>
    changesNothing(boxtop, async () => {
      const stopped = /Container [0-9a-f]{64} is not running/;
      await refused(boxtop, ['exec', 'idle', 'true'], { exitCode: 1, says: stopped });
      await refused(boxtop, ['kill', 'idle'], { exitCode: 1, says: stopped });
      await refused(boxtop, ['pause', 'idle'], { exitCode: 1, says: stopped });
      await refused(boxtop, ['top', 'idle'], { exitCode: 1, says: stopped });
      await refused(boxtop, ['unpause', 'web'], { exitCode: 1, says: 'is not paused' });
      await refused(boxtop, ['attach', 'idle'], {
        exitCode: 1,
        says: 'You cannot attach to a stopped container, start it first',
      });
      await refused(boxtop, ['rm', 'web'], {
        exitCode: 1,
        says: 'You cannot remove a running container',
        hint: /Hint: use -f/,
      });
      await refused(boxtop, ['rmi', 'bb:1'], {
        exitCode: 1,
        says: /unable to remove repository reference "bb:1" \(must force\) - container [0-9a-f]{12} is using/,
        hint: /Hint: /,
      });
    }));

  it('is paused: exec and attach are refused, and it goes on afterwards', async () => {
    await boxtop.ok('pause', 'web');
    const paused = 'Container web is paused, unpause the container before exec';
    await refused(boxtop, ['exec', 'web', 'true'], { exitCode: 1, says: paused });
    await refused(boxtop, ['attach', 'web'], { exitCode: 1, says: 'unpause it first' });
    await refused(boxtop, ['pause', 'web'], { exitCode: 1, says: 'is already paused' });
    await boxtop.ok('unpause', 'web');
    expect(await boxtop.ok('exec', 'web', 'echo', 'on')).toBe('on');
  });

  it('has no such command, or one that is no program', () =>
    changesNothing(boxtop, async () => {
      const missing = 'exec: "nosuchcmd": executable file not found in $PATH';
      await refused(boxtop, [...RUN, 'nosuchcmd'], { exitCode: 127, says: missing });
      await refused(boxtop, [...RUN, '/nosuch/file'], { exitCode: 127, says: 'no such file or directory' });
      await refused(boxtop, [...RUN, '/bin/notes'], {
        exitCode: 126,
        says: '"/bin/notes": permission denied',
      });
      await refused(boxtop, [...RUN, '/bin'], { exitCode: 126, says: 'exec: "/bin": ' });
      await refused(boxtop, [...RUN, '/bin/garbage'], {
        exitCode: 1,
        says: /\/bin\/garbage.*exec format error/i,
      });
      await refused(boxtop, ['exec', 'web', 'nosuchcmd'], { exitCode: 127, says: missing });
      await refused(boxtop, ['exec', 'web', '/bin/notes'], { exitCode: 126, says: 'permission denied' });
    }));

  it('could not start without --rm: it stays as created, with the reason, and can be removed', async () => {
    await refused(boxtop, ['run', '--name', 'failed', ...NONE, 'bb:1', 'nosuchcmd'], {
      exitCode: 127,
      says: 'not found',
    });
    const state = await boxtop.ok('inspect', '--format', '{{.State.Status}} {{.State.ExitCode}}', 'failed');
    expect(state).toBe('created 127');
    await boxtop.ok('rm', 'failed');
  });

  it('wants a terminal that is none', () =>
    changesNothing(boxtop, async () => {
      const options = { stdin: '' };
      const says = 'the input device is not a TTY';
      await refused(boxtop, ['run', '-it', '--rm', ...NONE, 'bb:1'], { exitCode: 1, says, options });
      await refused(boxtop, ['exec', '-it', 'web', 'sh'], { exitCode: 1, says, options });
    }));

  it('wants a port that a program of this machine has', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    const port = (server.address() as AddressInfo).port;
    const publish = ['-p', `${port}:80`, 'bb:1', 'true'];
    await changesNothing(boxtop, async () => {
      const says = new RegExp(`0\\.0\\.0\\.0:${port}.*(already allocated|already in use)`);
      await refused(boxtop, ['run', '--rm', ...publish], { exitCode: 125, says });
    }).finally(() => server.close());
  });

  it('wants a port that another container has', async () => {
    await boxtop.ok('run', '-d', '--name', 'first', '-p', '0.0.0.0::80', 'bb:1', 'sleep', '1000');
    const port = (await boxtop.ok('port', 'first', '80')).split(':')[1]!;
    await changesNothing(boxtop, async () => {
      const says = /(port is already allocated|address already in use)/;
      const args = ['run', '--rm', '-p', `${port}:80`, 'bb:1', 'true'];
      expect(errorLine(await refused(boxtop, args, { exitCode: 125, says }))).toContain(port);
    });
    await boxtop.ok('rm', '-f', 'first');
  });

  it('copies from and to paths that are not there', () =>
    changesNothing(boxtop, async () => {
      const out = join(boxtop.work, 'out');
      await refused(boxtop, ['cp', 'web:/nosuch', out], { exitCode: 1, says: '/nosuch' });
      await refused(boxtop, ['cp', '/nosuch/file', 'web:/'], {
        exitCode: 1,
        says: 'lstat /nosuch: no such file or directory',
      });
      await refused(boxtop, ['cp', '/etc/passwd', 'web:/nosuch/'], {
        exitCode: 1,
        says: 'no such directory',
        hint: /nosuch/,
      });
      await refused(boxtop, ['cp', 'a', 'b'], {
        exitCode: 1,
        says: 'must specify at least one container source',
      });
      await refused(boxtop, ['export', '-o', '/nosuch/x', 'web'], { exitCode: 1, says: '/nosuch' });
    }));

  it('leaves other objects that are not there named as well', () =>
    changesNothing(boxtop, async () => {
      await refused(boxtop, ['rmi', 'nosuch'], { exitCode: 1, says: 'No such image: nosuch' });
      await refused(boxtop, ['tag', 'nosuch', 'x:1'], { exitCode: 1, says: 'No such image: nosuch' });
      await refused(boxtop, ['history', 'nosuch'], { exitCode: 1, says: 'No such image: nosuch' });
      await refused(boxtop, ['push', '127.0.0.1:1/nosuch'], { exitCode: 1, says: /nosuch/ });
      await refused(boxtop, ['volume', 'rm', 'nosuch'], { exitCode: 1, says: 'nosuch' });
      await refused(boxtop, ['volume', 'inspect', 'nosuch'], { exitCode: 1, says: 'nosuch' });
      await refused(boxtop, ['network', 'inspect', 'nosuch'], { exitCode: 1, says: 'nosuch' });
      await refused(boxtop, ['inspect', 'nosuch'], { exitCode: 1, says: 'Error: No such object: nosuch' });
    }));
});
