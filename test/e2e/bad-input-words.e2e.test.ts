/** Command lines that can't be right: each is refused in one line, with Docker's status, before anything is made. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { changesNothing, errorLine, refused } from '../support/refusal.ts';
import { canRunContainers } from '../support/requirements.ts';

/** arguments, status, error line, hint (docker 28.2 CLI with a 20.10 daemon gives the same statuses) */
type Row = [args: string[], exitCode: number, says: string | RegExp, hint?: RegExp];

const RUN = ['run', '--rm', '--network', 'none'];

const FLAGS: Row[] = [
  [['run', '--nosuchflag', 'bb:1'], 125, 'unknown flag: --nosuchflag', /See 'boxtop run --help'/],
  [['run', '--nam', 'x', 'bb:1'], 125, 'unknown flag: --nam', /Did you mean --name\?/],
  [['run', '-Z', 'bb:1'], 125, "unknown shorthand flag: 'Z' in -Z"],
  [['run', '--name'], 125, 'flag needs an argument: --name'],
  [['ps', '--nosuch'], 125, 'unknown flag: --nosuch', /See 'boxtop ps --help'/],
  [['--nosuch', 'ps'], 125, 'unknown flag: --nosuch'],
  [['logs', '--tail'], 125, 'flag needs an argument: --tail'],
  [['frobnicate'], 1, "'frobnicate' is not a boxtop command", /See 'boxtop --help'/],
  [['pul', 'x'], 1, "'pul' is not a boxtop command", /Did you mean 'boxtop pull'\?/],
  [['swarm', 'init'], 1, "'swarm' is not supported yet"],
  [['ps', '--format', '{{'], 1, /template/i],
  [['ps', '--filter', 'nosuch=1'], 1, /invalid filter '?nosuch'?/i],
];

const REFERENCES: Row[] = [
  [['pull', 'team/Case:1'], 1, 'repository name (team/Case) must be lowercase'],
  [['pull', 'a:b:c'], 1, 'invalid reference format'],
  [['pull', 'a@sha256:123'], 1, 'invalid reference format'],
  [['pull', '../../etc/passwd'], 1, 'invalid reference format'],
  [['tag', 'bb:1', 'BAD REF'], 1, /invalid reference format|is not a valid repository/],
  [['commit', 'nosuch', 'a:b:c'], 1, /invalid reference format|No such container/],
  [['run', 'a:b:c'], 125, 'invalid reference format'],
  [
    ['build', '-t', 'fine', '-t', 'BAD', '/nosuch'],
    125,
    'invalid argument "BAD" for "-t, --tag" flag: invalid reference format: repository name (library/BAD) must be lowercase',
    /See 'boxtop build --help'\./,
  ],
  [
    ['build', '--add-host', 'x', '.'],
    125,
    'invalid argument "x" for "--add-host" flag: bad format for add-host: "x"',
  ],
  [['build', '-t', '', '.'], 125, 'invalid argument "" for "-t, --tag" flag: invalid reference format'],
];

const VALUES: Row[] = [
  [
    [...RUN, '-v', 'relative/x:y', 'bb:1'],
    125,
    "invalid volume specification: 'relative/x:y'",
    /Hint: write it like/,
  ],
  [[...RUN, '-v', '/a:/b:/c:/d', 'bb:1'], 125, '/a:/b:/c:/d'],
  [[...RUN, '-v', '/tmp:/y:zz', 'bb:1'], 125, 'invalid mode: zz', /Hint: modes are/],
  [[...RUN, '--mount', 'type=bogus,target=/x', 'bb:1'], 125, /bogus/],
  [[...RUN, '--mount', 'type=bind,source=/nosuch/dir,target=/x', 'bb:1'], 125, '/nosuch/dir'],
  [[...RUN, '--volumes-from', 'nosuch', 'bb:1'], 125, 'No such container: nosuch'],
  [[...RUN, '-m', '12x', 'bb:1'], 125, 'invalid argument "12x" for "-m, --memory" flag'],
  [[...RUN, '-m', '1k', 'bb:1'], 125, 'Minimum memory limit allowed is 6MB'],
  [[...RUN, '--memory-swap', '10m', 'bb:1'], 125, 'You should always set the Memory limit'],
  [[...RUN, '--cpus', 'abc', 'bb:1'], 125, 'invalid argument "abc" for "--cpus" flag'],
  [[...RUN, '--cpus', '1000', 'bb:1'], 125, /Range of CPUs is from 0\.01 to \d+\.00/],
  [['run', '--rm', '-p', '70000:80', 'bb:1'], 125, 'invalid hostPort: 70000'],
  [['run', '--rm', '-p', 'abc', 'bb:1'], 125, 'invalid containerPort: abc'],
  [
    ['run', '--rm', '--network', 'nosuchnet', 'bb:1'],
    125,
    'network nosuchnet not found',
    /boxtop network ls/,
  ],
  [['run', '--rm', '--network', 'container:nosuch', 'bb:1'], 125, 'No such container: nosuch'],
  [[...RUN, '--name', '../x', 'bb:1'], 125, 'Invalid container name (../x)'],
  [[...RUN, '-w', 'relative', 'bb:1'], 125, "the working directory 'relative' is invalid"],
  [[...RUN, '-u', 'nosuch', 'bb:1'], 125, 'unable to find user nosuch'],
  [[...RUN, '-u', '99999999999', 'bb:1'], 125, /99999999999|uids and gids must be in range/],
  [[...RUN, '--cap-add', 'NOPE', 'bb:1'], 125, /NOPE/],
  [[...RUN, '--device', '/dev/nosuch', 'bb:1'], 127, '/dev/nosuch'],
  [
    [...RUN, '--ulimit', 'nofile=10:5', 'bb:1'],
    125,
    /ulimit soft limit must be less than or equal to hard limit/,
  ],
  [[...RUN, '--security-opt', 'bogus', 'bb:1'], 125, /bogus/],
  [[...RUN, '--dns', 'notanip', 'bb:1'], 125, /notanip/],
  [[...RUN, '--add-host', 'bad', 'bb:1'], 125, /bad/],
  [[...RUN, '--runtime', 'bogus', 'bb:1'], 125, 'bogus', /use runc, crun or a path/],
  [[...RUN, '--platform', 'bogus', 'bb:1'], 125, /bogus/],
  [[...RUN, '--detach-keys', 'bogus-key', 'bb:1'], 1, /bogus-key/],
  [[...RUN, '--pull', 'perhaps', 'bb:1'], 125, "invalid pull option: 'perhaps'"],
  [['build', '--shm-size', 'x', '.'], 125, `invalid argument "x" for "--shm-size" flag: invalid size: 'x'`],
  [['build', '--label', '=x', '.'], 125, `invalid argument "=x" for "--label" flag: invalid label '=x'`],
  [['build', '--build-arg', '', '.'], 125, 'invalid argument "" for "--build-arg" flag: invalid environment'],
  [['volume', 'create', '../bad'], 1, /\.\.\/bad/],
  [['import', '/nosuch.tar', 'x:1'], 1, 'open /nosuch.tar: no such file or directory'],
  [['import', '-c', 'BAD x', '/dev/null', 'x:1'], 1, /bad is not a valid change command/i],
];

describe.skipIf(!canRunContainers)('a command line that is wrong', () => {
  const boxtop = sharedBoxtop('words', { reference: 'bb:1', changes: ['CMD ["true"]'] });

  const table = async (rows: readonly Row[]) => {
    for (const [args, exitCode, says, hint] of rows) {
      await refused(boxtop, args, { exitCode, says, ...(hint && { hint }) });
    }
  };

  it('names the bad flag or verb, and the nearest one there is', () =>
    changesNothing(boxtop, () => table(FLAGS)));

  it('names the bad reference', () => changesNothing(boxtop, () => table(REFERENCES)));

  it('names the bad value and its flag', () => changesNothing(boxtop, () => table(VALUES)));

  it('shows the usage when arguments are missing', async () => {
    const { exitCode, stderr } = await boxtop.run(['exec', 'only']);
    expect(exitCode).toBe(1);
    expect(stderr).toContain('"boxtop exec" requires at least 2 arguments.');
    expect(stderr).toContain('Usage:  boxtop exec [OPTIONS] CONTAINER COMMAND [ARG...]');
  });

  it.each([
    ['A B=1\n', "variable 'A B' contains whitespaces"],
    ['ok=1\n=x\n', "no variable name on line '=x'"],
    [Buffer.from('ok=1\n\xff\xfe=1\n', 'latin1'), 'invalid utf8 bytes at line 2: [255 254 61 49]'],
  ])('names the env file and the line in it: %j', async (content, says) => {
    const file = join(boxtop.work, 'bad.env');
    writeFileSync(file, content);
    await changesNothing(boxtop, async () => {
      const result = await refused(boxtop, [...RUN, '--env-file', file, 'bb:1'], { exitCode: 125, says });
      expect(errorLine(result)).toContain(`invalid env file (${file})`);
    });
  });

  it('says that an env file is not there, and never takes one for its own interpreter', async () => {
    const says = 'open /nosuch.env: no such file or directory';
    await refused(boxtop, [...RUN, '--env-file', '/nosuch.env', 'bb:1'], { exitCode: 125, says });
    const file = join(boxtop.work, 'hostile.env');
    writeFileSync(file, 'NODE_OPTIONS=--bogus\nKEPT=1\n');
    const shown = await boxtop.ok(...RUN, '--env-file', file, 'bb:1', '/bin/env');
    expect(shown).toContain('NODE_OPTIONS=--bogus\n');
    expect(shown).toContain('KEPT=1');
  });

  it('still runs containers after all that', async () => {
    expect(await boxtop.ok(...RUN, 'bb:1', '/bin/echo', 'fine')).toBe('fine');
  });
});
