import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { busyboxTar } from '../support/images.ts';
import {
  type Engine,
  type RecordedKind,
  type Recording,
  recordScenarios,
  SCENARIOS,
} from '../support/inspect-scenarios.ts';
import { canRunContainers } from '../support/requirements.ts';

/** What a real Docker 20.10 printed for the same scenarios, see test/support/record-docker-program.ts. */
const docker = JSON.parse(
  readFileSync(new URL('../data/docker-inspect.json', import.meta.url), 'utf8'),
) as Recording;

/** Where we differ on purpose: path in the shape → why. */
const DIFFERENCES: readonly [RegExp, string][] = [
  [
    /^images\..*\.(DockerVersion|GraphDriver|ContainerConfig|Container|Parent|Comment)$/,
    'the classic builder’s traces',
  ],
  [/^images\.rich\.Config\.Image$/, 'the classic builder’s traces'],
  [/^networks\.bridge\.IPAM$/, 'an address is only known to Docker when its bridge was there before'],
  [
    /\.NetworkSettings\.Sandbox(ID|Key)$/,
    'Docker keeps that of an ended container; one without network has no file',
  ],
  [/^containers\.failed\.NetworkSettings\.Networks\.bridge\.NetworkID$/, 'it was never connected'],
];

describe.skipIf(!canRunContainers)('inspect', () => {
  const boxtop = sharedBoxtop('inspect', 'empty');
  let ours: Recording;

  beforeAll(async () => {
    const engine: Engine = async (args, { stdin, mayFail = false } = {}) => {
      const running = boxtop.start(args, { stdin: stdin === undefined ? '' : 'open' });
      if (stdin !== undefined) running.stdin!.end(stdin);
      const { exitCode, stdout, stderr } = await running.ended;
      if (exitCode !== 0 && !mayFail) throw new Error(`${args.join(' ')}: ${stderr}`);
      return stdout;
    };
    ours = await recordScenarios(engine, busyboxTar());
  }, 120_000);

  const kinds: readonly RecordedKind[] = ['images', 'volumes', 'networks', 'containers'];
  it.each(kinds.flatMap((kind) => Object.keys(docker[kind]).map((name) => [kind, name] as const)))(
    "prints Docker's keys, types and order: %s, %s",
    (kind, name) => {
      const found = ours[kind][name]!;
      const wanted = docker[kind][name]!;
      expect(differences(wanted.shape, found.shape, `${kind}.${name}`)).toEqual([]);
      expect(found.HostConfig).toEqual(wanted.HostConfig);
      expect(found.Config).toEqual(wanted.Config);
    },
  );

  it('was recorded for every scenario', () => {
    expect(Object.keys(docker.containers)).toEqual(Object.keys(SCENARIOS.containers));
  });
});

describe.skipIf(!canRunContainers)('inspect as a command', () => {
  const boxtop = sharedBoxtop('inspect-verb', { reference: 'same', changes: [] });

  beforeAll(async () => {
    await boxtop.ok('create', '--name', 'same', 'same', 'true');
    await boxtop.ok('volume', 'create', 'same');
    await boxtop.ok('volume', 'create', 'vol');
  });

  it('looks for a container first, then for an image, a network and a volume', async () => {
    const [id] = (await boxtop.ok('ps', '-aq', '--no-trunc')).split('\n');
    expect(await boxtop.ok('inspect', '-f', '{{.Id}}', 'same')).toBe(id);
    expect(await boxtop.ok('inspect', '-f', '{{.Id}}', '/same')).toBe(id);
    expect(await boxtop.ok('inspect', '-f', '{{.Id}}', id!.slice(0, 5))).toBe(id);
    expect(await boxtop.ok('inspect', '--type', 'image', '-f', '{{.RepoTags}}', 'same')).toBe(
      '[same:latest]',
    );
    expect(await boxtop.ok('inspect', '--type', 'volume', '-f', '{{.Name}} {{.Driver}}', 'same')).toBe(
      'same local',
    );
    expect(await boxtop.ok('inspect', '-f', '{{.Driver}} {{.IPAM.Driver}}', 'none')).toBe('null default');
    expect(await boxtop.ok('inspect', '-f', '{{.Mountpoint}}', 'vol')).toBe(
      join(boxtop.root, 'volumes/vol/_data'),
    );
  });

  it('prints what it found, says what it did not, and ends with 1', async () => {
    const some = await boxtop.run(['inspect', 'nope', 'same', 'none', 'nope2', '-f', '{{.ID | len}}']);
    expect(some).toMatchObject({ exitCode: 1, stdout: '64\n64\n' });
    expect(some.stderr).toBe('Error: No such object: nope\nError: No such object: nope2\n');
    const none = await boxtop.run(['inspect', '--type', 'network', 'same']);
    expect(none).toMatchObject({ exitCode: 1, stdout: '[]\n' });
    expect(none.stderr).toMatch(/^Error: No such network: same/);
    expect(await boxtop.run(['volume', 'inspect', 'nope', '-f', '{{.Name}}'])).toMatchObject({
      exitCode: 1,
      stdout: '\n',
    });
  });

  it("says what is wrong with a template or a type in Docker's words", async () => {
    expect(await boxtop.run(['inspect', '-f', '{{.Nope}}', 'same', 'vol'])).toMatchObject({
      exitCode: 1,
      stdout: '\n',
      stderr: `${'template parsing error: template: :1:2: executing "" at <.Nope>: map has no entry for key "Nope"\n'.repeat(2)}`,
    });
    expect(await boxtop.run(['inspect', '-f', '{{.Name', 'same'])).toMatchObject({
      exitCode: 64,
      stderr: 'Template parsing error: template: :1: unclosed action\n',
    });
    expect(await boxtop.run(['inspect', '--type', 'foo', 'same'])).toMatchObject({
      exitCode: 1,
      stderr: '"foo" is not a valid value for --type\n',
    });
  });

  it('tells sizes when it is asked to, of containers alone', async () => {
    expect(await boxtop.ok('inspect', '-f', '{{.SizeRw}}', 'same')).toBe('<nil>');
    expect(await boxtop.ok('inspect', '-s', '-f', '{{.SizeRw}} {{gt .SizeRootFs 1000}}', 'same')).toBe(
      '0 true',
    );
    expect((await boxtop.run(['inspect', '-s', 'vol'])).stderr).toBe('WARNING: --size ignored for volume\n');
  });
});

/** Paths at which two shapes differ, but for those that may. */
function differences(wanted: unknown, found: unknown, path: string): string[] {
  if (DIFFERENCES.some(([place]) => place.test(path))) return [];
  if (!isObject(wanted) || !isObject(found)) {
    const [a, b] = [JSON.stringify(wanted), JSON.stringify(found)];
    return a === b ? [] : [`${path}: Docker ${a}, ours ${b}`];
  }
  const [names, others] = [Object.keys(wanted), Object.keys(found)];
  const order =
    names.join() === others.join() ? [] : [`${path}: Docker has ${names.join()}, ours ${others.join()}`];
  const both = names.filter((name) => others.includes(name));
  return [...order, ...both.flatMap((name) => differences(wanted[name], found[name], `${path}.${name}`))];
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
