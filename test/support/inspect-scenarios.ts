/** What is inspected here and in Docker alike, and what is compared of it: keys, order, types, emptiness, and plain settings. */
import { readFileSync } from 'node:fs';

interface ContainerScenario {
  verb: 'create' | 'run';
  /** '%running' is the container of that scenario */
  flags: string[];
  image: string;
  command: string[];
  /** commands after it, '%name' is the container */
  then?: string[][];
}

interface Scenarios {
  /** name → lines of a Dockerfile */
  builds: Record<string, string[]>;
  /** name → flags of volume create */
  volumes: Record<string, string[]>;
  containers: Record<string, ContainerScenario>;
}

/** What was recorded of an object: its shape, and the values of what a user sets. */
export interface Recorded {
  shape: unknown;
  HostConfig?: Record<string, unknown>;
  Config?: Record<string, unknown>;
}

export type RecordedKind = 'images' | 'volumes' | 'networks' | 'containers';
export type Recording = Record<RecordedKind, Record<string, Recorded>>;

/** Runs docker or boxtop; throws when `mayFail` is not set and it fails. */
export type Engine = (
  args: readonly string[],
  options?: { stdin?: Buffer | string; mayFail?: boolean },
) => Promise<string>;

export const SCENARIOS = JSON.parse(
  readFileSync(new URL('../data/inspect-scenarios.json', import.meta.url), 'utf8'),
) as Scenarios;

const PREFIX = 'shape-';
const nameOf = (scenario: string): string => PREFIX + scenario.replaceAll(' ', '-');
const imageOf = (name: string): string => `${PREFIX}${name}:latest`;

/** Ours is what this machine has, or stricter, or more exact. */
const OWN_VALUES = ['Runtime', 'MaskedPaths', 'ReadonlyPaths', 'CapAdd', 'CapDrop'];

type Inspected = Record<string, unknown> & { Id: string };

/** Makes all objects, inspects them, and removes them again. `root` is the tar of the base image. */
export async function recordScenarios(engine: Engine, root: Buffer): Promise<Recording> {
  const recording: Recording = { images: {}, volumes: {}, networks: {}, containers: {} };
  const inspect = async (kind: string, name: string) =>
    (JSON.parse(await engine([kind, 'inspect', name])) as [Inspected])[0];
  await engine(['import', '-c', 'CMD ["sh"]', '-', imageOf('plain')], { stdin: root });
  for (const [name, lines] of Object.entries(SCENARIOS.builds))
    await engine(['build', '-t', imageOf(name), '-'], {
      stdin: lines.join('\n').replace('FROM plain', `FROM ${imageOf('plain')}`),
    });
  for (const name of ['plain', ...Object.keys(SCENARIOS.builds)])
    recording.images[name] = recorded(await inspect('image', imageOf(name)));
  for (const [name, flags] of Object.entries(SCENARIOS.volumes)) {
    await engine(['volume', 'create', ...flags, PREFIX + name]);
    recording.volumes[name] = recorded(await inspect('volume', PREFIX + name));
  }
  for (const name of ['bridge', 'host', 'none'])
    recording.networks[name] = recorded(await inspect('network', name));
  for (const [name, scenario] of Object.entries(SCENARIOS.containers)) {
    await makeContainer(engine, nameOf(name), scenario);
    recording.containers[name] = recorded(await inspect('container', nameOf(name)));
  }
  await cleanUp(engine);
  return recording;
}

async function makeContainer(engine: Engine, name: string, scenario: ContainerScenario): Promise<void> {
  const { verb, flags, image, command, then = [] } = scenario;
  const given = flags.map((flag) =>
    flag.replace('%running', nameOf('running')).replace(/^plainvol|(?<==)plainvol/, `${PREFIX}plainvol`),
  );
  await engine([verb, '--name', name, ...given, imageOf(image), ...command], { mayFail: true });
  for (const args of then) await engine(args.map((arg) => arg.replace('%name', name)));
}

async function cleanUp(engine: Engine): Promise<void> {
  await engine(['rm', '-f', '-v', ...Object.keys(SCENARIOS.containers).map(nameOf)]);
  await engine(['volume', 'rm', ...Object.keys(SCENARIOS.volumes).map((name) => PREFIX + name)]);
  for (const name of [...Object.keys(SCENARIOS.builds), 'plain']) await engine(['rmi', imageOf(name)]);
}

function recorded(inspected: Inspected): Recorded {
  // Docker has mounts in no order
  const Mounts = (inspected['Mounts'] as { Destination: string }[] | undefined)?.toSorted((a, b) =>
    a.Destination < b.Destination ? -1 : 1,
  );
  const shape = shapeOf(Mounts === undefined ? inspected : { ...inspected, Mounts });
  if (inspected['HostConfig'] === undefined) return { shape };
  return {
    shape,
    HostConfig: settings(inspected['HostConfig'] as object),
    Config: settings(inspected['Config'] as object),
  };
}

/** Values but for those of this machine; ids are all the same. */
function settings(values: object): Record<string, unknown> {
  const kept = Object.entries(values).filter(([name]) => !OWN_VALUES.includes(name));
  const text = JSON.stringify(Object.fromEntries(kept));
  return JSON.parse(text.replace(/\b(?:[0-9a-f]{64}|[0-9a-f]{12})\b/g, 'ID')) as Record<string, unknown>;
}

/** Keys in their order; 'string', '""', 'number', 'boolean', 'null', '[]', '{}'; of lists but mounts only the first. */
function shapeOf(value: unknown, key = ''): unknown {
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    if (value.length === 0) return '[]';
    return (key === 'Mounts' ? value : value.slice(0, 1)).map((item) => shapeOf(item));
  }
  if (typeof value === 'object') {
    const entries = Object.entries(value).map(([name, item]) => [name, shapeOf(item, name)] as const);
    return entries.length === 0 ? '{}' : Object.fromEntries(entries);
  }
  return value === '' ? '""' : typeof value;
}
