/** The flags of each instruction, and how they are read. */
import { DockerfileError } from './errors.ts';
import type { InstructionKind } from './instructions.ts';
import type { InstructionNode } from './parse.ts';
import { suggest } from './suggest.ts';

/** 'value' once, 'list' any number of times, 'bool' with or without =true. */
type FlagType = 'value' | 'list' | 'bool';

const COPY = {
  from: 'value',
  chown: 'value',
  chmod: 'value',
  link: 'bool',
  parents: 'bool',
  exclude: 'list',
} as const;

/** Docker's builder reference, one entry an instruction. */
export const FLAGS: Record<InstructionKind, Readonly<Record<string, FlagType>>> = {
  from: { platform: 'value' },
  arg: {},
  env: {},
  label: {},
  run: { mount: 'list', network: 'value', security: 'value' },
  copy: COPY,
  add: {
    chown: 'value',
    chmod: 'value',
    link: 'bool',
    exclude: 'list',
    checksum: 'value',
    'keep-git-dir': 'bool',
    unpack: 'bool',
  },
  cmd: {},
  entrypoint: {},
  shell: {},
  volume: {},
  expose: {},
  workdir: {},
  user: {},
  stopsignal: {},
  maintainer: {},
  healthcheck: {
    interval: 'value',
    timeout: 'value',
    'start-period': 'value',
    'start-interval': 'value',
    retries: 'value',
  },
  onbuild: {},
};

/** Values by flag name; only the flags an instruction has are ever set. */
export interface Flags {
  platform?: string;
  mount?: string[];
  network?: string;
  security?: string;
  from?: string;
  chown?: string;
  chmod?: string;
  link?: boolean;
  parents?: boolean;
  exclude?: string[];
  checksum?: string;
  'keep-git-dir'?: boolean;
  unpack?: boolean;
  interval?: string;
  timeout?: string;
  'start-period'?: string;
  'start-interval'?: string;
  retries?: string;
}

/** Throws DockerfileError: unknown flag (with the nearest one), missing value, flag given twice. */
export function readFlags(node: InstructionNode, allowed: Readonly<Record<string, FlagType>>): Flags {
  const values: Record<string, string | boolean | string[]> = {};
  const fail = (message: string, hint?: string): never => {
    throw new DockerfileError(message, node, hint);
  };
  for (const flag of node.flags) {
    const [, name = '', value] = /^--([^=]*)(?:=([\s\S]*))?$/.exec(flag) ?? [];
    const type = allowed[name];
    if (type === undefined) {
      const near = suggest(name, Object.keys(allowed));
      return fail(`unknown flag: --${name}`, near && `did you mean --${near}?`);
    }
    if (type !== 'list' && values[name] !== undefined) fail(`duplicate flag specified: --${name}`);
    if (type === 'bool') {
      if (value === '') fail(`missing a value on flag: --${name}`);
      const word = value?.toLowerCase() ?? 'true';
      if (word !== 'true' && word !== 'false')
        fail(`expecting boolean value for flag --${name}, not: ${value}`);
      values[name] = word === 'true';
      continue;
    }
    if (value === undefined) return fail(`missing a value on flag: --${name}`);
    if (type === 'list') values[name] = [...((values[name] as string[] | undefined) ?? []), value];
    else values[name] = value;
  }
  return values as Flags;
}
