import { describe, expect, it } from 'vitest';
import { CONTAINER_FLAGS } from '../../../src/ui/cli/container-flags.ts';
import { atLeast, bool, int, list, type Spec, text, unsupported } from '../../../src/ui/cli/flags.ts';
import { parseFlags } from '../../../src/ui/cli/grammar.ts';
import { arityError, helpText } from '../../../src/ui/cli/help.ts';
import { findVerb, VERBS } from '../../../src/ui/cli/verb-table.ts';

const spec: Spec = {
  usage: '[OPTIONS] IMAGE [COMMAND] [ARG...]',
  summary: 'Run a command',
  flags: [
    bool('interactive', 'Keep STDIN open', 'i'),
    bool('tty', 'Allocate a pseudo-TTY', 't'),
    bool('detach', 'Run in the background', 'd'),
    list('env', 'Set an environment variable', 'e'),
    list('publish', 'Publish a port', 'p'),
    int('last', 'How many', 'n'),
    text('name', 'Name'),
    ...unsupported('restart', '!no-healthcheck'),
  ],
  arity: atLeast(1),
  stopsAtFirstArgument: true,
};

describe('the grammar of command lines', () => {
  it('reads combined short flags, and short flags with their value attached', () => {
    const { flags, args } = parseFlags(spec, ['-itd', '-p8080:80', '-e=A=1', '-e', 'B=2', 'busybox', 'sh']);
    expect([flags.bool('interactive'), flags.bool('tty'), flags.bool('detach')]).toEqual([true, true, true]);
    expect(flags.list('publish')).toEqual(['8080:80']);
    expect(flags.list('env')).toEqual(['A=1', 'B=2']);
    expect(args).toEqual(['busybox', 'sh']);
  });

  it('leaves the flags of the program to run alone', () => {
    const { flags, args } = parseFlags(spec, ['--name', 'x', 'busybox', 'ls', '-la', '--name=y', '--', '-d']);
    expect(args).toEqual(['busybox', 'ls', '-la', '--name=y', '--', '-d']);
    expect(flags.string('name')).toBe('x');
    expect(flags.bool('detach')).toBe(false);
  });

  it('reads flags after arguments where no program follows', () => {
    const { flags, args } = parseFlags({ ...spec, stopsAtFirstArgument: undefined }, [
      'a',
      '-d',
      'b',
      '--',
      '-t',
    ]);
    expect(args).toEqual(['a', 'b', '-t']);
    expect(flags.bool('detach')).toBe(true);
  });

  it('reads --flag=value, and --flag=false for switches', () => {
    const { flags } = parseFlags(spec, ['--name=a=b', '--detach=false', '--tty=1', '-i=false', 'x']);
    expect(flags.string('name')).toBe('a=b');
    expect([flags.bool('detach'), flags.bool('tty'), flags.bool('interactive')]).toEqual([
      false,
      true,
      false,
    ]);
    expect(flags.has('detach')).toBe(true);
  });

  it.each([
    [['--zzz'], 'unknown flag: --zzz'],
    [['--nam', 'x'], 'unknown flag: --nam\nDid you mean --name?'],
    [['-iZ'], "unknown shorthand flag: 'Z' in -Z"],
    [['--name'], 'flag needs an argument: --name'],
    [['-n'], "flag needs an argument: 'n' in -n"],
    [
      ['-n', 'x'],
      'invalid argument "x" for "-n, --last" flag: strconv.ParseInt: parsing "x": invalid syntax',
    ],
    [
      ['--tty=maybe'],
      'invalid argument "maybe" for "-t, --tty" flag: strconv.ParseBool: parsing "maybe": invalid syntax',
    ],
    [['--=x'], 'bad flag syntax: --=x'],
    [['--restart', 'always'], '--restart is not supported yet'],
    [['--no-healthcheck'], '--no-healthcheck is not supported yet'],
  ])('refuses %j in the words of Docker', (argv, message) => {
    expect(() => parseFlags(spec, argv)).toThrow(expect.objectContaining({ message, exitCode: 125 }));
  });

  it('takes -h for help only where it has no other meaning', () => {
    expect(parseFlags(spec, ['-h']).flags.bool('help')).toBe(true);
    const run = { ...spec, flags: CONTAINER_FLAGS };
    expect(parseFlags(run, ['-h', 'host', 'x']).flags.string('hostname')).toBe('host');
  });

  it('words a wrong number of arguments as Docker does', () => {
    const words = (path: string, given: Partial<Spec>) => arityError(path, { ...spec, ...given }).message;
    expect(words('pull', { usage: '[OPTIONS] NAME', summary: 'Pull', arity: { min: 1, max: 1 } })).toBe(
      `"boxtop pull" requires exactly 1 argument.\nSee 'boxtop pull --help'.\n\nUsage:  boxtop pull [OPTIONS] NAME\n\nPull`,
    );
    expect(words('ps', { arity: { min: 0, max: 0 } })).toContain('"boxtop ps" accepts no arguments.');
    expect(words('rm', {})).toContain('"boxtop rm" requires at least 1 argument.');
    expect(words('cp', { arity: { min: 2, max: 2 } })).toContain('requires exactly 2 arguments');
  });

  it('prints help in the layout of Docker, without what is not there yet', () => {
    expect(helpText('run', spec, 80)).toBe(`
Usage:  boxtop run [OPTIONS] IMAGE [COMMAND] [ARG...]

Run a command

Options:
  -d, --detach         Run in the background
  -e, --env list       Set an environment variable
  -i, --interactive    Keep STDIN open
  -n, --last int       How many
      --name string    Name
  -p, --publish list   Publish a port
  -t, --tty            Allocate a pseudo-TTY
`);
  });
});

describe('the verb table', () => {
  it.each([
    ['ps', 'container ls'],
    ['ps', 'container list'],
    ['images', 'image ls'],
    ['rmi', 'image remove'],
    ['run', 'container run'],
    ['info', 'system info'],
  ])('%s and %s are one verb', (short, long) => {
    const words = long.split(' ');
    expect(findVerb([short])?.entry).toBe(findVerb(words)?.entry);
    expect(findVerb([...words, 'x'])?.length).toBe(2);
  });

  it('has a loadable verb, a summary and no flag twice behind every spelling', async () => {
    const spellings = VERBS.flatMap((entry) => entry.spellings);
    expect(new Set(spellings).size).toBe(spellings.length);
    for (const { spellings, load } of VERBS) {
      const { command } = await load();
      const names = command.flags.map(({ name }) => name);
      const shorts = command.flags.flatMap(({ short }) => (short === undefined ? [] : [short]));
      expect(command.summary, spellings[0]).not.toBe('');
      expect(new Set(names).size, `${spellings[0]}: ${names}`).toBe(names.length);
      expect(new Set(shorts).size, `${spellings[0]}: ${shorts}`).toBe(shorts.length);
    }
  });
});
