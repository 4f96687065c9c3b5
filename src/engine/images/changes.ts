/** Dockerfile instructions applied to an image's configuration, as `import -c` and `commit -c` take them. Pure. */
import { EngineError } from '../errors.ts';
import type { ImageRunConfig } from '../types/config.ts';
import { readDuration } from './duration.ts';
import { splitWords } from './words.ts';

type Change = (config: ImageRunConfig, rest: string) => ImageRunConfig;

const invalid = (message: string, hint?: string) => new EngineError('INVALID_ARGUMENT', message, { hint });

/**
 * Returns a changed copy. Takes CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR.
 * Throws INVALID_ARGUMENT '… is not a valid change command' (Docker, builder/dockerfile BuildFromConfig).
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  let changed = structuredClone(config);
  for (const line of changes) {
    const [, name = '', rest = ''] = /^\s*(\S+)\s*([\s\S]*?)\s*$/.exec(line) ?? [];
    const change = CHANGES[name.toUpperCase()];
    if (change === undefined) throw invalid(`${name.toLowerCase()} is not a valid change command`);
    if (rest === '' && name.toUpperCase() !== 'CMD')
      throw invalid(`${name.toUpperCase()} requires at least one argument`);
    changed = change(changed, rest);
  }
  return changed;
}

const CHANGES: Readonly<Record<string, Change>> = {
  CMD: (config, rest) => ({ ...config, Cmd: commandOf(rest) }),
  // A new entrypoint drops the command it inherited.
  ENTRYPOINT: (config, rest) => ({ ...config, Entrypoint: commandOf(rest), Cmd: null }),
  ENV: (config, rest) => ({ ...config, Env: mergeEnv(config.Env ?? [], pairs(rest, 'ENV')) }),
  EXPOSE: (config, rest) => ({ ...config, ExposedPorts: { ...config.ExposedPorts, ...ports(rest) } }),
  HEALTHCHECK: (config, rest) => ({ ...config, Healthcheck: healthcheck(rest) }),
  LABEL: (config, rest) => ({
    ...config,
    Labels: { ...config.Labels, ...Object.fromEntries(pairs(rest, 'LABEL')) },
  }),
  ONBUILD: (config, rest) => ({ ...config, OnBuild: [...(config.OnBuild ?? []), onbuild(rest)] }),
  STOPSIGNAL: (config, rest) => ({ ...config, StopSignal: rest }),
  USER: (config, rest) => ({ ...config, User: single(rest, 'USER') }),
  VOLUME: (config, rest) => ({ ...config, Volumes: { ...config.Volumes, ...volumes(rest) } }),
  WORKDIR: (config, rest) => ({
    ...config,
    WorkingDir: resolveDir(config.WorkingDir ?? '/', splitWords(rest).join(' ')),
  }),
};

/** JSON array = exec form; anything else goes to the shell. */
function commandOf(rest: string): string[] | null {
  const list = jsonList(rest);
  if (list !== undefined) return list;
  return rest === '' ? null : ['/bin/sh', '-c', rest];
}

function jsonList(text: string): string[] | undefined {
  if (!text.startsWith('[')) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) && value.every((item) => typeof item === 'string') ? value : undefined;
  } catch {
    return undefined;
  }
}

/** 'k=v k2="v 2"', or the old form 'k v with blanks'. */
function pairs(rest: string, name: string): [string, string][] {
  const old = /^([^\s=]+)\s+([\s\S]+)$/.exec(rest);
  if (old !== null) return [[old[1]!, old[2]!]];
  return splitWords(rest).map((word) => {
    const equals = word.indexOf('=');
    if (equals === -1)
      throw invalid(`Syntax error - can't find = in "${word}". Must be of the form: name=value`);
    if (equals === 0) throw invalid(`${name} names can not be blank`);
    return [word.slice(0, equals), word.slice(equals + 1)];
  });
}

function mergeEnv(env: readonly string[], added: [string, string][]): string[] {
  const result = [...env];
  for (const [key, value] of added) {
    const at = result.findIndex((entry) => entry.split('=', 1)[0] === key);
    result.splice(at === -1 ? result.length : at, 1, `${key}=${value}`);
  }
  return result;
}

function ports(rest: string): Record<string, Record<string, never>> {
  const result: Record<string, Record<string, never>> = {};
  for (const word of splitWords(rest)) {
    const match = /^(\d+)(?:-(\d+))?(?:\/(tcp|udp|sctp))?$/i.exec(word);
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || first > last || first < 1 || last > 65_535)
      throw invalid(`invalid containerPort: ${word}`);
    for (let port = first; port <= last; port++) result[`${port}/${(match[3] ?? 'tcp').toLowerCase()}`] = {};
  }
  return result;
}

function onbuild(rest: string): string {
  const trigger = rest.split(/\s/, 1)[0]!.toUpperCase();
  if (trigger === 'ONBUILD') throw invalid("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (trigger === 'MAINTAINER' || trigger === 'FROM')
    throw invalid(`${trigger} isn't allowed as an ONBUILD trigger`);
  return rest;
}

function single(rest: string, name: string): string {
  const words = splitWords(rest);
  if (words.length !== 1) throw invalid(`${name} requires exactly one argument`);
  return words[0]!;
}

function volumes(rest: string): Record<string, Record<string, never>> {
  const paths = jsonList(rest) ?? splitWords(rest);
  if (paths.some((path) => path.trim() === '')) throw invalid('VOLUME specified can not be an empty string');
  return Object.fromEntries(paths.map((path) => [path, {}]));
}

/** A relative directory counts from the current one; the result has no '.', '..' or doubled slashes. */
function resolveDir(current: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${current}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}

function healthcheck(rest: string): NonNullable<ImageRunConfig['Healthcheck']> {
  const flags = /^((?:--\S+\s+)*)([\s\S]*)$/.exec(rest)!;
  const [, kind = '', command = ''] = /^(\S+)\s*([\s\S]*)$/.exec(flags[2]!) ?? [];
  if (kind.toUpperCase() === 'NONE') return { Test: ['NONE'] };
  if (kind.toUpperCase() !== 'CMD') throw invalid(`Unknown type "${kind}" in HEALTHCHECK (try CMD)`);
  if (command === '') throw invalid('Missing command after HEALTHCHECK CMD');
  const list = jsonList(command);
  const test = list === undefined ? ['CMD-SHELL', command] : ['CMD', ...list];
  return { Test: test, ...healthFlags(flags[1]!) };
}

const HEALTH_TIMES = {
  '--interval': 'Interval',
  '--timeout': 'Timeout',
  '--start-period': 'StartPeriod',
} as const;

function healthFlags(text: string): Partial<NonNullable<ImageRunConfig['Healthcheck']>> {
  const result: Partial<NonNullable<ImageRunConfig['Healthcheck']>> = {};
  for (const flag of text.split(/\s+/).filter(Boolean)) {
    const [name, value = ''] = flag.split('=', 2) as [string, string?];
    if (name === '--retries' && /^[1-9]\d*$/.test(value)) result.Retries = Number(value);
    else if (name in HEALTH_TIMES)
      result[HEALTH_TIMES[name as keyof typeof HEALTH_TIMES]] = readDuration(value);
    else throw invalid(`Unknown flag: ${flag}`);
  }
  return result;
}
