/** The filters of `ps`, with Docker's meaning (daemon/list.go): values of one filter are alternatives, filters add up. */
import type { Context } from '../context.ts';
import { codeOf, EngineError } from '../errors.ts';
import { findImage } from '../images/find.ts';
import { imageDocuments } from '../images/records.ts';
import type { ContainerRecord } from '../types/containers.ts';
import type { Filters } from '../types/images.ts';
import { endpointsOf } from './inspect-networks.ts';
import { findContainer } from './records.ts';

type Test = (record: ContainerRecord) => boolean;

const STATUSES = ['created', 'running', 'paused', 'restarting', 'removing', 'exited', 'dead'];
const HEALTHS = ['none', 'starting', 'healthy', 'unhealthy'];

/** How each filter becomes a test. Those that name something look it up once. */
const FILTERS: Readonly<Record<string, (values: string[], ctx: Context) => Test>> = {
  id: (values) => (record) => matches(values, record.Id),
  name: (values) => (record) => matches(values, record.Name) || matches(values, `/${record.Name}`),
  label: (values) => (record) => hasLabels(record.Config.Labels ?? {}, values),
  status: (values) => oneOf('status', STATUSES, values, (record) => record.State.Status),
  health: (values) => oneOf('health', HEALTHS, values, ({ State }) => State.Health?.Status ?? 'none'),
  exited: exitedFilter,
  ancestor: ancestorFilter,
  before: (values, ctx) => {
    const times = values.map((value) => findContainer(ctx, value).Created);
    return (record) => times.every((time) => record.Created < time);
  },
  since: (values, ctx) => {
    const times = values.map((value) => findContainer(ctx, value).Created);
    return (record) => times.every((time) => record.Created > time);
  },
  volume: (values) => (record) =>
    record.Mounts.some(
      (mount) => values.includes(mount.Destination) || values.includes(mount.Name ?? mount.Source),
    ),
  network: (values) => (record) => values.some((value) => isOnNetwork(record, value)),
  publish: (values) => portFilter('publish', values),
  expose: (values) => portFilter('expose', values),
  'is-task': (values) => () => !values.every((value) => value === 'true' || value === '1'), // there is no swarm
};

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
function matches(values: readonly string[], text: string): boolean {
  return values.some((value) => {
    if (value === text) return true;
    try {
      return new RegExp(value).test(text);
    } catch {
      return false;
    }
  });
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
  if (wrong !== undefined) throw new EngineError('INVALID_ARGUMENT', `Invalid filter 'exited=[${wrong}]'`);
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

/** 'publish=80', '80/udp' or '8000-8010/tcp': the container's port, bound on the host (publish) or at least exposed. */
function portFilter(name: 'publish' | 'expose', values: string[]): Test {
  const ranges = values.map((value) => portRange(name, value));
  return (record) => {
    const bound = Object.entries({ ...record.HostConfig.PortBindings, ...record.NetworkSettings.Ports })
      .filter(([, bindings]) => bindings !== null && bindings.length > 0)
      .map(([port]) => port);
    const ports = name === 'publish' ? bound : [...Object.keys(record.Config.ExposedPorts ?? {}), ...bound];
    return ports.some((port) => ranges.some((inRange) => inRange(port)));
  };
}

function portRange(name: string, value: string): (port: string) => boolean {
  const match = /^(\d{1,5})(?:-(\d{1,5}))?(?:\/(tcp|udp|sctp))?$/.exec(value);
  if (match === null) throw new EngineError('INVALID_ARGUMENT', `Invalid filter '${name}=[${value}]'`);
  const [, first, last = first, protocol = 'tcp'] = match;
  return (key) => {
    const [port, type = 'tcp'] = key.split('/');
    return type === protocol && Number(port) >= Number(first) && Number(port) <= Number(last);
  };
}
