/** The filters of `ps`, with Docker's meaning (daemon/list.go): values of one filter are alternatives, filters add up. */
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import { imageDocuments } from '../images/records.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Filters } from '../types/images.ts';
import { endpointsOf } from './inspect/inspect-networks.ts';
import { findContainer } from './records.ts';
import { publishedPorts } from './status-text.ts';

type Test = (record: ContainerRecord) => boolean;

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const PORT_MAX = 65_535;
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];

/** How each filter becomes a test. Those that name something look it up once. */
const FILTERS: Readonly<Record<string, (values: string[], ctx: Context) => Test>> = {
  id: (values) => {
    const isMeant = matcher(values);
    return (record) => isMeant(record.Id);
  },
  name: (values) => {
    const isMeant = matcher(values);
    return (record) => isMeant(record.Name) || isMeant(`/${record.Name}`);
  },
  label: (values) => (record) => hasLabels(record.Config.Labels ?? {}, values),
  status: (values) => oneOf('status', STATUSES, values, (record) => record.State.Status),
  health: (values) => oneOf('health', HEALTHS, values, ({ State }) => State.Health?.Status ?? 'none'),
  exited: exitedFilter,
  ancestor: ancestorFilter,
  before: (values, ctx) => {
    const times = createdTimes(ctx, values);
    return (record) => times.every((time) => record.Created < time);
  },
  since: (values, ctx) => {
    const times = createdTimes(ctx, values);
    return (record) => times.every((time) => record.Created > time);
  },
  volume: (values) => (record) =>
    record.Mounts.some(
      (mount) => values.includes(mount.Destination) || values.includes(mount.Name ?? mount.Source),
    ),
  network: (values) => (record) => values.some((value) => isOnNetwork(record, value)),
  publish: (values) => portFilter('publish', values),
  expose: (values) => portFilter('expose', values),
  'is-task': taskFilter,
  isolation: () => () => true, // Docker's, of Windows alone
};

/** Docker's view of its containers words a missing one itself. */
function createdTimes(ctx: Context, names: readonly string[]): string[] {
  return names.map((name) => {
    try {
      return findContainer(ctx, name).Created;
    } catch (error) {
      if (codeOf(error) !== 'NOT_FOUND') throw error;
      throw new EngineError('NOT_FOUND', `no such container ${name}`, { cause: error });
    }
  });
}

/** There is no swarm, so nothing is a task. */
function taskFilter(values: string[]): Test {
  const [value = ''] = values;
  const isTrue = value === '1' || value === 'true';
  if (values.length > 1 || !(isTrue || value === '0' || value === 'false'))
    throw new EngineError('INVALID_ARGUMENT', `Invalid filter 'is-task=[${values.join(' ')}]'`);
  return () => !isTrue;
}

/** All filters as one test. Throws INVALID_ARGUMENT for unknown filters or values, NOT_FOUND for before and since. */
export function containerFilter(ctx: Context, filters: Filters): Test {
  const tests = Object.entries(filters).map(([name, values]) => {
    const make = Object.hasOwn(FILTERS, name) ? FILTERS[name] : undefined;
    if (make === undefined) throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${name}'`);
    return values.length === 0 ? () => true : make(values, ctx);
  });
  return (record) => tests.every((test) => test(record));
}

/** Equal to a value, or found by it as a regular expression; one that does not compile finds nothing (filters.Args.Match). */
function matcher(values: readonly string[]): (text: string) => boolean {
  const patterns = values.flatMap((value) => {
    try {
      return [new RegExp(value)];
    } catch {
      return [];
    }
  });
  return (text) => values.includes(text) || patterns.some((pattern) => pattern.test(text));
}

/** 'key' or 'key=value', all of them. */
function hasLabels(labels: Record<string, string>, wanted: readonly string[]): boolean {
  return wanted.every((label) => {
    const at = label.indexOf('=');
    const key = at === -1 ? label : label.slice(0, at);
    return Object.hasOwn(labels, key) && (at === -1 || labels[key] === label.slice(at + 1));
  });
}

function oneOf(
  name: string,
  known: readonly string[],
  values: string[],
  of: (record: ContainerRecord) => string,
): Test {
  const wrong = values.find((value) => !known.includes(value));
  if (wrong !== undefined) throw new EngineError('INVALID_ARGUMENT', refusalOf(name, wrong));
  return (record) => values.includes(of(record));
}

/** Docker's words, which differ. */
const refusalOf = (name: string, value: string): string =>
  name === 'health' ? `Unrecognised filter value for health: ${value}` : `Invalid filter '${name}=${value}'`;

function exitedFilter(values: string[]): Test {
  const wrong = values.find((value) => !/^[+-]?\d+$/.test(value));
  if (wrong !== undefined)
    throw new EngineError(
      'INVALID_ARGUMENT',
      `strconv.Atoi: parsing ${JSON.stringify(wrong)}: invalid syntax`,
    );
  const codes = values.map(Number);
  return ({ State }) =>
    !State.Running &&
    !State.Restarting &&
    !State.StartedAt.startsWith('0001-') &&
    codes.includes(State.ExitCode);
}

/** Containers of the image or of one that was committed or built from it. An unknown image matches nothing. */
function ancestorFilter(values: string[], ctx: Context): Test {
  const parents = new Map(
    imageDocuments(ctx)
      .all()
      .map((image) => [image.Id, image.parent]),
  );
  const wanted = new Set(values.flatMap((value) => imageId(ctx, value) ?? []));
  return (record) => {
    const seen = new Set<string>();
    for (let id: string | undefined = record.Image; id && !seen.has(id); id = parents.get(id)) {
      if (wanted.has(id)) return true;
      seen.add(id);
    }
    return false;
  };
}

/** The id a name stands for, undefined when there is no such image. */
export function imageId(ctx: Context, name: string): string | undefined {
  try {
    return findImage(ctx, name).Id;
  } catch (error) {
    if (codeOf(error) === 'NOT_FOUND' || codeOf(error) === 'INVALID_ARGUMENT') return undefined;
    throw error;
  }
}

function isOnNetwork(record: ContainerRecord, nameOrId: string): boolean {
  const networks = endpointsOf(record);
  if (Object.hasOwn(networks, nameOrId)) return true;
  return Object.values(networks).some(
    ({ NetworkID }) => NetworkID !== undefined && NetworkID !== '' && NetworkID.startsWith(nameOrId),
  );
}

/**
 * `publish` looks at the host's ports, `expose` at the container's; both only at those of containers that run, as Docker does. '80', '80/udp'
 * or '8000-8010/tcp'.
 */
function portFilter(name: 'publish' | 'expose', values: string[]): Test {
  const ranges = values.map((value) => portRange(name, value));
  return (record) =>
    publishedPorts(record.NetworkSettings.Ports).some(({ PublicPort, PrivatePort, Type }) => {
      const port = name === 'publish' ? PublicPort : PrivatePort;
      return port !== undefined && ranges.some((isInside) => isInside(port, Type));
    });
}

/** Docker's words (daemon/list.go portOp, nat.ParsePortRange). */
function portRange(name: string, value: string): (port: number, protocol: string) => boolean {
  const wrong = (message: string) => new EngineError('INVALID_ARGUMENT', message);
  if (value.includes(':')) throw wrong(`filter for '${name}' should not contain ':': ${value}`);
  const [range = '', protocol = ''] = value.split('/');
  const lookUp = (why: string) => wrong(`error while looking up for ${name} ${value}: ${why}`);
  if (range === '') throw lookUp('Empty string specified for ports.');
  const [first = 0, last = first] = range.split(/-(.*)/s, 2).map((text) => {
    const why = /^\d+$/.test(text) ? (Number(text) > PORT_MAX ? 'value out of range' : '') : 'invalid syntax';
    if (why !== '') throw lookUp(`strconv.ParseUint: parsing ${JSON.stringify(text)}: ${why}`);
    return Number(text);
  });
  if (last < first) throw lookUp(`Invalid range specified for the Port: ${range}`);
  return (port, type) => type === (protocol || 'tcp') && port >= first && port <= last;
}
