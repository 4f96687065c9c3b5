import { spawn } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { BIN, type Result, sharedBoxtop } from '../support/boxtop.ts';
import { writeContext } from '../support/contexts.ts';
import { processesNaming } from '../support/leaks.ts';
import { canRunContainers } from '../support/requirements.ts';

describe.skipIf(!canRunContainers)('boxtop build', () => {
  const boxtop = sharedBoxtop('build', { changes: [] });

  const context = (files: Record<string, string>) => writeContext(boxtop.work, files);
  const build = (...args: string[]): Promise<Result> => boxtop.run(['build', '--network', 'none', ...args]);

  /** Times and sizes replaced, so that the rest can be compared, without what a step that takes its time says on its way. */
  const still = (text: string) =>
    text
      .replaceAll(/^#\d+ transferring \w+: [\d.]+k?B\n/gm, '')
      .replaceAll(/\d+\.\d+s/g, 'N.Ns')
      .replaceAll(/(#\d+) \d+\.\d{3} /g, '$1 T ')
      .replaceAll(/: [\d.]+k?B/g, ': SIZE')
      .replaceAll(/sha256:[0-9a-f]{64}/g, 'sha256:ID');

  it("prints BuildKit's plain lines, then CACHED", async () => {
    const folder = context({ Dockerfile: 'FROM busybox\nCOPY f /f\nRUN cat /f\n', f: 'file\n' });
    const { exitCode, stdout, stderr } = await build(
      '--progress=plain',
      '-t',
      'plain:1',
      '-t',
      'plain:2',
      folder,
    );
    expect({ exitCode, stdout }).toEqual({ exitCode: 0, stdout: '' });
    expect(still(stderr)).toBe(`#1 [internal] load build definition from Dockerfile
#1 transferring dockerfile: SIZE done
#1 DONE N.Ns

#2 [internal] load .dockerignore
#2 transferring context: SIZE done
#2 DONE N.Ns

#3 [internal] load metadata for docker.io/library/busybox:latest
#3 DONE N.Ns

#4 [1/3] FROM docker.io/library/busybox:latest
#4 CACHED

#5 [internal] load build context
#5 transferring context: SIZE done
#5 DONE N.Ns

#6 [2/3] COPY f /f
#6 DONE N.Ns

#7 [3/3] RUN cat /f
#7 T file
#7 DONE N.Ns

#8 exporting to image
#8 exporting layers done
#8 writing image sha256:ID done
#8 naming to docker.io/library/plain:1 done
#8 naming to docker.io/library/plain:2 done
#8 DONE N.Ns
`);
    const again = await build('--progress=plain', folder);
    expect(again.stderr).toContain('#7 [3/3] RUN cat /f\n#7 CACHED\n');
    expect(await boxtop.ok('images', '-q', 'plain')).toContain('\n');
  });

  it('shows a failure with its output, the lines and the code', async () => {
    const folder = context({ Dockerfile: 'FROM busybox\nRUN echo one\nRUN echo two; \\\n  exit 7\nCMD x\n' });
    const { exitCode, stderr } = await build('--progress=plain', folder);
    expect(exitCode).toBe(1);
    const command = 'process "/bin/sh -c echo two;   exit 7" did not complete successfully: exit code: 7';
    expect(still(stderr.slice(stderr.indexOf('#6 ')))).toBe(`#6 [3/3] RUN echo two; exit 7
#6 T two
#6 ERROR: ${command}
------
 > [3/3] RUN echo two; exit 7:
two
------
Dockerfile:3
--------------------
   1 |     FROM busybox
   2 |     RUN echo one
   3 | >>> RUN echo two; \\
   4 | >>>   exit 7
   5 |     CMD x
   6 |     
--------------------
ERROR: failed to solve: ${command}
`);
  });

  it('prints only the id with -q, writes --iidfile and takes --label, --build-arg, --target', async () => {
    const folder = context({
      Dockerfile: 'FROM busybox AS one\nARG A\nARG B\nRUN echo "$A $B" > /a\nFROM one AS two\nRUN false\n',
    });
    const file = join(boxtop.work, 'iid');
    const { stdout, stderr, exitCode } = await boxtop.run(
      [
        'build',
        '-q',
        '--iidfile',
        file,
        '--label',
        'l=1',
        '--build-arg',
        'A=x',
        '--build-arg',
        'B',
        '--target',
        'one',
        '-t',
        'q',
        folder,
      ],
      { env: { B: 'from here' } },
    );
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: '' });
    expect(stdout).toMatch(/^sha256:[0-9a-f]{64}\n$/);
    expect(readFileSync(file, 'utf8')).toBe(stdout.trim());
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'q', 'cat', '/a')).toBe('x from here');
    expect(await boxtop.ok('inspect', '-f', '{{.Config.Labels.l}}', 'q')).toBe('1');
    expect((await build('-q', '--iidfile', file, folder)).exitCode).toBe(1);
    expect(existsSync(file)).toBe(false);
  });

  it('takes a Dockerfile, and a context, on stdin', async () => {
    const folder = context({ f: 'x' });
    const args = ['build', '--network', 'none', '--progress=plain'];
    const text = await boxtop.run([...args, '-f', '-', folder], {
      stdin: 'FROM busybox\nCOPY f /\nRUN cat /f',
    });
    expect(text.exitCode).toBe(0);
    const alone = await boxtop.run([...args, '-'], { stdin: 'FROM busybox\nRUN echo alone' });
    expect(alone.stderr).toContain(' alone\n');
  });

  it('passes secrets from files and variables', async () => {
    const folder = context({
      Dockerfile:
        'FROM busybox\nRUN --mount=type=secret,id=a --mount=type=secret,id=b wc -c /run/secrets/*\n',
      secret: '12345',
    });
    const { stderr } = await boxtop.run(
      [
        'build',
        '--network',
        'none',
        '--progress=plain',
        '--secret',
        `id=a,src=${join(folder, 'secret')}`,
        '--secret',
        'id=b,env=SECRET_B',
        folder,
      ],
      { env: { SECRET_B: '1234567' } },
    );
    expect(stderr).toMatch(/5 \/run\/secrets\/a\n.*7 \/run\/secrets\/b\n/);
    expect((await build('--secret', 'id=x,src=/nonexistent', folder)).stderr).toContain('/nonexistent');
  });

  it('refuses what it does not know by name', async () => {
    const folder = context({ Dockerfile: 'FROM busybox\n' });
    expect((await build('--cache-from', 'x', folder)).stderr).toContain('cache-from');
    expect((await build('--nonsense', folder)).exitCode).toBe(125);
    expect((await build('--progress=odd', folder)).stderr).toContain('invalid progress mode odd');
    expect((await build('/nonexistent')).stderr).toContain('path "/nonexistent" not found');
    expect((await build('-f', 'none', folder)).stderr).toContain('failed to read dockerfile');
    expect((await build()).exitCode).not.toBe(0);
  });

  it('draws a live tree on a terminal and ends with FINISHED', async () => {
    // it sleeps until its line was seen
    const seconds = String(1_000_000 + process.pid);
    const folder = context({ Dockerfile: `FROM busybox\nRUN echo shown-below; sleep ${seconds} || true\n` });
    const screen = boxtop.terminal(['build', '--network', 'none', folder], { cols: 80, rows: 24 });
    await screen.waitFor('=> # shown-below');
    await expect.poll(() => processesNaming(`sleep\0${seconds}\0`)).toHaveLength(1);
    for (const pid of processesNaming(`sleep\0${seconds}\0`)) process.kill(pid, 'SIGTERM');
    expect(await screen.exitCode).toBe(0);
    expect(screen.text()).toMatch(/\[\+\] Building \d+\.\ds \(6\/6\) FINISHED/);
    expect(screen.text()).toMatch(/=> \[2\/2\] RUN echo shown-below; sleep \d+ \|\| true +\d+\.\ds/);
  });

  it('is ended by Ctrl-C, keeps what is finished and leaves no container', async () => {
    const folder = context({ Dockerfile: 'FROM busybox\nRUN echo kept\nRUN echo hangs; sleep 1000\n' });
    const building = boxtop.start(['build', '--network', 'none', '--progress=plain', folder]);
    await building.said(/\d hangs\n/);
    building.kill('SIGINT');
    const { exitCode, stderr } = await building.ended;
    expect(exitCode).toBe(130);
    expect(stderr).toContain('CANCELED');
    expect(stderr).toContain('context canceled');
    expect(await boxtop.ok('ps', '-aq')).toBe('');
    writeFileSync(join(folder, 'Dockerfile'), 'FROM busybox\nRUN echo kept\n');
    expect((await build('--progress=plain', folder)).stderr).toContain('RUN echo kept\n#5 CACHED');
  });

  it('watches: builds again when the context changes, bursts as one, ignored files never', async () => {
    const folder = context({
      Dockerfile: 'FROM busybox\nCOPY . /c\nRUN cat /c/f\n',
      f: 'first\n',
      '.dockerignore': 'ignored\n',
    });
    const child = spawn(BIN, [
      '--root',
      boxtop.root,
      'build',
      '--network',
      'none',
      '--progress=plain',
      '--watch',
      folder,
    ]);
    let text = '';
    child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
    });
    const seen = async (wanted: string, count: number) => {
      for (let tries = 0; text.split(wanted).length <= count; tries += 1) {
        if (tries > 1200) throw new Error(`${wanted} not ${count} times in:\n${text}`);
        await sleep(50);
      }
    };
    try {
      await seen('watching for changes', 1);
      expect(text).toContain(' first\n');
      writeFileSync(join(folder, 'ignored'), 'x');
      await sleep(500);
      child.kill('SIGSTOP'); // what is written meanwhile it sees at once, however long we take
      writeFileSync(join(folder, 'f'), 'second\n');
      for (let i = 0; i < 20; i += 1) writeFileSync(join(folder, `new${i}`), '');
      child.kill('SIGCONT');
      await seen('watching for changes', 2);
      expect(text).toContain(' second\n');
      expect(text.split('changed: ').length).toBe(2);
      expect(text).toContain('changed: f, new0, new1, new10, new11 and 16 more');
    } finally {
      child.kill('SIGINT');
      await new Promise((done) => child.on('close', done));
    }
  });

  it('prunes its cache', async () => {
    const folder = context({
      Dockerfile: 'FROM busybox AS a\nRUN echo unused > /u\nFROM busybox\nCOPY --from=a /u /v\n',
    });
    await build(folder);
    const { stdout } = await boxtop.run(['builder', 'prune', '-f', '--all']);
    expect(stdout).toMatch(/^Deleted build cache objects:\n[0-9a-f]{64}\n/);
    expect(stdout).toMatch(/Total reclaimed space: \d+/);
    expect(await boxtop.ok('builder', 'prune', '-af')).toBe('Total reclaimed space: 0B');
    expect((await build('--progress=plain', folder)).stderr).not.toContain('RUN echo unused > /u\n#5 CACHED');
  });
});
