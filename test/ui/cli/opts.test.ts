import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { DeviceRequest } from '../../../src/engine/index.ts';
import {
  parseAddHost,
  parseDnsSearch,
  parseIpAddress,
  parseLink,
} from '../../../src/ui/cli/opts/addresses.ts';
import { parseDevice, parseGpus } from '../../../src/ui/cli/opts/devices.ts';
import { checkLabel, parseEnv, parseKeyValueFile } from '../../../src/ui/cli/opts/key-values.ts';
import { parseCpus } from '../../../src/ui/cli/opts/limits.ts';
import { parseMount } from '../../../src/ui/cli/opts/mount.ts';
import { parseNetwork } from '../../../src/ui/cli/opts/network.ts';
import {
  parsePortNumber,
  parsePortRange,
  parsePortSpec,
  parsePortSpecs,
} from '../../../src/ui/cli/opts/ports.ts';
import {
  checkUint16,
  parseByteRate,
  parseOperationRate,
  parseWeightDevice,
} from '../../../src/ui/cli/opts/resources.ts';
import { parseRestartPolicy } from '../../../src/ui/cli/opts/restart.ts';
import { parseUlimit } from '../../../src/ui/cli/opts/ulimit.ts';

interface Case {
  flag?: string;
  fn: string;
  input: never;
  env?: Record<string, string>;
  expected?: unknown;
  valid?: true;
  error?: string | true;
  errorContains?: string;
}

const casesOf = (file: string): Case[] =>
  (JSON.parse(readFileSync(join(import.meta.dirname, '../../data', file), 'utf8')) as { cases: Case[] })
    .cases;

/** Drops what is empty: the table leaves unset fields out. */
function pruned(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(pruned);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([key, item]) => [key, pruned(item)] as const);
  return Object.fromEntries(
    entries.filter(
      ([, item]) => item !== '' && !(typeof item === 'object' && Object.keys(item as object).length === 0),
    ),
  );
}

/** The table leaves unset fields out, but for the options. */
const withOptions = (request: DeviceRequest) => ({
  ...(pruned(request) as object),
  Options: request.Options,
});

type EnvFiles = { files: (string | { start: string; repeat: string; count: number })[]; flags: string[] };

const readers: Record<string, (input: never, env: Record<string, string>, flag: string) => unknown> = {
  weightDevice: (input) => parseWeightDevice(input),
  throttleDevice: (input, _, flag) =>
    flag.endsWith('bps') ? parseByteRate(input) : parseOperationRate(input),
  env: (input, env) => parseEnv(input, env),
  envFiles: ({ files, flags }: EnvFiles, env) => [
    ...files
      .map((file) => (typeof file === 'string' ? file : file.start + file.repeat.repeat(file.count)))
      .flatMap((file) => parseKeyValueFile(file, (name) => env[name])),
    ...flags.map((value) => parseEnv(value, env)),
  ],
  mount: (input) => pruned([parseMount(input, '/work/here')]),
  network: (input) => [parseNetwork(input)],
  addHost: (input) => parseAddHost(input),
  ulimits: ({ have, add }: { have: string[]; add: string }) =>
    `[${[...have, add]
      .map(parseUlimit)
      .map(({ Name, Soft, Hard }) => `${Name}=${Soft}:${Hard}`)
      .sort()
      .join(' ')}]`,
  ipAddress: (input) => parseIpAddress(input),
  dnsSearch: (input) => parseDnsSearch(input),
  label: (input) => checkLabel(input),
  link: (input) => parseLink(input),
  nanoCpus: (input) => parseCpus(input),
  gpus: (input) => [withOptions(parseGpus(input))],
};

/** Kinds of mounts that the engine has not: refused by name. */
const isRefusedMount = ({ fn, input, expected }: Case) =>
  fn === 'mount' &&
  expected !== undefined &&
  /type=image|bind-recursive=(writable|readonly)/.test(String(input));

function check(run: () => unknown, { expected, valid, error, errorContains }: Case): void {
  if (typeof error === 'string') expect(run).toThrow(expect.objectContaining({ message: error }));
  else if (error === true) expect(run).toThrow();
  else if (errorContains !== undefined) expect(run).toThrow(errorContains);
  else if (valid) expect(run).not.toThrow();
  else expect(run()).toEqual(expected);
}

describe('values of flags', () => {
  const cases = casesOf('cli-opts.json').filter(
    (one) => readers[one.fn] !== undefined && !isRefusedMount(one),
  );
  const local = (one: Case): Case => {
    const text = JSON.stringify(one).replaceAll('<cwd>', '/work/here').replaceAll('<parent of cwd>', '/work');
    const fixed = JSON.parse(text) as Case;
    return one.fn === 'mount' ? { ...fixed, expected: pruned(fixed.expected) } : fixed;
  };
  // 'bind-recursive=writable' without readonly: the option itself is refused, in other words
  it.each(cases.filter(({ input }) => !/bind-recursive=(writable|readonly)/.test(String(input))))(
    '$flag $input',
    (one) => {
      check(() => readers[one.fn]!(one.input, one.env ?? {}, one.flag ?? ''), local(one));
    },
  );

  it('refuses by name what the engine cannot mount', () => {
    expect(() => parseMount('type=image,source=foo,target=/x', '/')).toThrow(
      "mount type 'image' is not supported yet",
    );
    expect(() => parseMount('type=bind,source=/a,target=/x,ro,bind-recursive=writable', '/')).toThrow(
      'not supported yet',
    );
  });

  it('refuses numbers that 16 bits do not hold', () => {
    expect(() => checkUint16('65535')).not.toThrow();
    expect(() => checkUint16('65536')).toThrow('strconv.ParseUint: parsing "65536": value out of range');
    expect(() => checkUint16('-1')).toThrow('strconv.ParseUint: parsing "-1": invalid syntax');
  });

  it('reads devices and CPUs', () => {
    expect(parseDevice('/dev/sda')).toEqual({
      PathOnHost: '/dev/sda',
      PathInContainer: '/dev/sda',
      CgroupPermissions: 'rwm',
    });
    expect(parseDevice('/dev/sda:r')).toEqual({
      PathOnHost: '/dev/sda',
      PathInContainer: '/dev/sda',
      CgroupPermissions: 'r',
    });
    expect(parseDevice('/dev/sda:/dev/x:rw')).toEqual({
      PathOnHost: '/dev/sda',
      PathInContainer: '/dev/x',
      CgroupPermissions: 'rw',
    });
    expect(() => parseDevice('/dev/a:/dev/b:bad')).toThrow('bad mode specified: bad');
    expect(parseCpus('1.5')).toBe(1_500_000_000);
    expect(parseCpus('0.001')).toBe(1_000_000);
  });
});

describe('published ports', () => {
  const functions: Record<string, (input: never) => unknown> = {
    parsePortNumber,
    ParsePortRange: parsePortRange,
    ParsePortSpec: parsePortSpec,
    ParsePortSpecs: parsePortSpecs,
  };
  it.each(casesOf('port-specs.json').filter(({ fn }) => functions[fn] !== undefined))('$fn $input', (one) => {
    check(() => functions[one.fn]!(one.input), one);
  });

  it('lets one port of a container take one of a range of the host', () => {
    expect(parsePortSpecs(['8000-8010:80'])).toEqual({ '80/tcp': [{ HostIp: '', HostPort: '8000-8010' }] });
    expect(() => parsePortSpec('8000-8002:80-81')).toThrow(
      'invalid ranges specified for container and host Ports: 80-81 and 8000-8002',
    );
  });
});

describe('--restart', () => {
  it('reads a policy and how often', () => {
    expect(parseRestartPolicy('no')).toEqual({ Name: 'no', MaximumRetryCount: 0 });
    expect(parseRestartPolicy('on-failure:3')).toEqual({ Name: 'on-failure', MaximumRetryCount: 3 });
    expect(() => parseRestartPolicy('on-failure:x')).toThrow('maximum retry count must be an integer');
    expect(() => parseRestartPolicy(':3')).toThrow('no policy provided before colon');
  });
});
