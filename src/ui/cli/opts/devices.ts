/** --device, --device-cgroup-rule, --gpus: what of the host's devices a container gets (docker/cli opts). Pure. */
import { posix } from 'node:path';
import type { DeviceMapping, DeviceRequest } from '../../../engine/index.ts';
import { csvFields } from './csv.ts';

/** Each of r, w, m at most once. */
const isMode = (text: string): boolean => /^(?!.*(.).*\1)[rwm]{1,3}$/.test(text);

/** 'path[:path in the container][:rwm]'. Throws in the words of docker/cli's validateLinuxPath. */
export function parseDevice(value: string): DeviceMapping {
  const parts = value.split(':');
  const [PathOnHost = '', second, third] = parts;
  if (PathOnHost === '' || parts.length > 3) throw new Error(`bad format for path: ${value}`);
  if (third !== undefined && !isMode(third)) throw new Error(`bad mode specified: ${third}`);
  const isModeOnly = parts.length === 2 && isMode(second!);
  const PathInContainer = isModeOnly ? PathOnHost : (second ?? PathOnHost);
  if (!PathInContainer.startsWith('/')) throw new Error(`${PathInContainer} is not an absolute path`);
  return {
    PathOnHost,
    PathInContainer: posix.normalize(PathInContainer),
    CgroupPermissions: (isModeOnly ? second : third) ?? 'rwm',
  };
}

/** 'c 1:3 rwm', '*' = any number. Throws when it is something else. */
export function checkDeviceRule(value: string): void {
  if (!/^[acb] (\d+|\*):(\d+|\*) [rwm]{1,3}$/.test(value))
    throw new Error(`invalid device cgroup format '${value}'`);
}

/** 'all', a number, or 'driver=…,count=…,device=…,"capabilities=a,b","options=x=y"'. */
export function parseGpus(value: string): DeviceRequest {
  if (value === '') throw new Error('EOF');
  const request: DeviceRequest = {
    Driver: '',
    Count: 0,
    DeviceIDs: [],
    Capabilities: [['gpu']],
    Options: {},
  };
  const seen = new Set<string>();
  for (const field of csvFields(value)) {
    const equals = field.indexOf('=');
    const key = equals < 0 ? field : field.slice(0, equals);
    if (seen.has(key)) throw new Error(`gpu request key '${key}' can be specified only once`);
    seen.add(key);
    if (equals >= 0) setField(request, key, field.slice(equals + 1));
    else {
      // a value alone is the count
      request.Count = gpuCount(field);
      seen.add('count');
    }
  }
  if (!seen.has('count') && request.DeviceIDs.length === 0) request.Count = 1;
  return request;
}

function setField(request: DeviceRequest, key: string, value: string): void {
  if (key === 'driver') request.Driver = value;
  else if (key === 'count') request.Count = gpuCount(value);
  else if (key === 'device') request.DeviceIDs = value.split(',');
  else if (key === 'capabilities') request.Capabilities = [[...value.split(','), 'gpu']];
  else if (key === 'options') request.Options = gpuOptions(value);
  else throw new Error(`unexpected key '${key}' in '${key}=${value}'`);
}

function gpuCount(value: string): number {
  if (value === 'all') return -1;
  if (/^[+-]?\d+$/.test(value)) return Number(value);
  throw new Error(`invalid count (${value}): value must be either "all" or an integer: invalid syntax`);
}

function gpuOptions(value: string): Record<string, string> {
  if (value === '') throw new Error('failed to read gpu options: EOF');
  return Object.fromEntries(csvFields(value).map(pair));
}

function pair(text: string): [string, string] {
  const equals = text.indexOf('=');
  return equals < 0 ? [text, ''] : [text.slice(0, equals), text.slice(equals + 1)];
}
