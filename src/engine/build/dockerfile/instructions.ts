/** Syntax nodes → typed instructions: flags and argument counts checked, values still unexpanded. */
import { DockerfileError, type SourceRange } from './errors.ts';
import { FLAGS, type Flags, readFlags } from './flags.ts';
import { type Healthcheck, healthcheck } from './health.ts';
import { type Heredoc, parseHeredoc } from './heredoc.ts';
import type { InstructionNode } from './parse.ts';
import { quoted } from './quoted.ts';
import { trimmedOf } from './space.ts';
import { suggest } from './suggest.ts';

interface Base extends SourceRange {
  /** the line as written, for history, progress and errors */
  original: string;
}

/** A command: exec form, or a line for the shell. */
export interface CommandLine {
  args: string[];
  isShell: boolean;
}

export interface Pair {
  name: string;
  value: string;
}

export type Instruction = Base &
  (
    | { kind: 'from'; image: string; platform?: string; name?: string }
    | { kind: 'arg'; args: { name: string; value?: string }[] }
    | { kind: 'env' | 'label'; pairs: Pair[] }
    | { kind: 'run'; command: CommandLine; flags: Flags; heredocs: Heredoc[] }
    | { kind: 'copy' | 'add'; sources: string[]; destination: string; flags: Flags; heredocs: Heredoc[] }
    | { kind: 'cmd' | 'entrypoint'; command: CommandLine }
    | { kind: 'shell'; args: string[] }
    | { kind: 'volume' | 'expose'; values: string[] }
    | { kind: 'workdir' | 'user' | 'stopsignal'; value: string }
    | { kind: 'maintainer'; value: string }
    | { kind: 'healthcheck'; health: Healthcheck }
    | { kind: 'onbuild'; trigger: string }
  );

export type InstructionKind = Instruction['kind'];

/** Every instruction's name, for suggestions. */
const NAMES = Object.keys(FLAGS);

/** Throws DockerfileError: unknown instruction (with the nearest known one), wrong number of arguments, unknown flag. */
export function readInstruction(node: InstructionNode): Instruction {
  const { name, original, startLine, endLine } = node;
  const fail = (message: string, hint?: string): never => {
    throw new DockerfileError(message, { startLine, endLine }, hint);
  };
  const allowed = FLAGS[name as InstructionKind];
  if (allowed === undefined) {
    const near = suggest(name, NAMES);
    return fail(
      `unknown instruction: ${/^[^\t\v\f\r ]*/.exec(original)![0]}`,
      near && `did you mean ${near.toUpperCase()}?`,
    );
  }
  checkCount(node, fail);
  const isNone = name === 'healthcheck' && node.args[0]!.toUpperCase() === 'NONE';
  // these read none: Docker's builders let any stand there
  const hasFlags = name !== 'arg' && name !== 'stopsignal' && !isNone;
  const flags = hasFlags ? readFlags(node, allowed) : {};
  const base = { original, startLine, endLine };
  const command = { args: node.args, isShell: !node.isJson };
  switch (name as InstructionKind) {
    case 'from':
      return { ...base, kind: 'from', ...readFrom(node, fail), platform: flags.platform };
    case 'arg':
      return { ...base, kind: 'arg', args: node.args.map((text) => readArg(text, fail)) };
    case 'env':
    case 'label':
      return { ...base, kind: name as 'env' | 'label', pairs: readPairs(node, fail) };
    case 'run':
      if (node.isJson && node.args.length === 0) fail('arguments are required');
      checkRun(flags, fail);
      return { ...base, kind: 'run', command, flags, heredocs: node.heredocs };
    case 'copy':
    case 'add':
      return { ...base, kind: name as 'copy' | 'add', ...readCopy(node, fail), flags };
    case 'cmd':
    case 'entrypoint':
      return { ...base, kind: name as 'cmd' | 'entrypoint', command };
    case 'shell':
      return { ...base, kind: 'shell', args: readShell(node, fail) };
    case 'volume': {
      const values = node.args.map(trimmedOf);
      if (values.includes('')) fail('VOLUME specified can not be an empty string');
      return { ...base, kind: 'volume', values };
    }
    case 'expose':
      return { ...base, kind: 'expose', values: [...node.args].sort() };
    case 'workdir':
    case 'user':
    case 'stopsignal':
    case 'maintainer':
      return { ...base, kind: name as 'workdir', value: node.args[0]! };
    case 'healthcheck':
      return { ...base, kind: 'healthcheck', health: healthcheck(readHealthcheck(node, fail), flags, fail) };
    case 'onbuild':
      return { ...base, kind: 'onbuild', trigger: readOnbuild(node, fail) };
  }
}

type Fail = (message: string, hint?: string) => never;

/** Too few or too many arguments are told before flags that are unknown, as BuildKit does. */
function checkCount(node: InstructionNode, fail: Fail): void {
  const { args, inner } = node;
  const name = node.name.toUpperCase();
  switch (node.name as InstructionKind) {
    case 'from':
      readFrom(node, fail);
      return;
    case 'copy':
    case 'add':
      if (args.length < 2)
        fail(
          `${name} requires at least two arguments, but only one was provided. Destination could not be determined`,
        );
      return;
    case 'maintainer':
    case 'stopsignal':
    case 'user':
    case 'workdir':
      if (args.length !== 1) fail(`${name} requires exactly one argument`);
      return;
    case 'arg':
    case 'expose':
    case 'healthcheck':
    case 'onbuild':
    case 'volume':
      if (args.length === 0 && inner === undefined) fail(`${name} requires at least one argument`);
  }
}

function readCopy(
  { name, args, heredocs }: InstructionNode,
  fail: Fail,
): { sources: string[]; destination: string; heredocs: Heredoc[] } {
  const destination = args.at(-1)!;
  if (parseHeredoc(destination) !== undefined)
    fail(`${name.toUpperCase()} cannot accept a heredoc as a destination`);
  return { sources: args.slice(0, -1), destination, heredocs };
}

function readShell({ args, isJson }: InstructionNode, fail: Fail): string[] {
  if (args.length === 0) fail('SHELL requires at least one argument');
  if (!isJson) fail('SHELL requires the arguments to be in JSON form', 'write: SHELL ["/bin/sh", "-c"]');
  return args;
}

function checkRun({ network = 'default', security = 'sandbox' }: Flags, fail: Fail): void {
  if (!['default', 'none', 'host'].includes(network))
    fail(`invalid network mode ${quoted(network)}`, 'use default, none or host');
  if (!['sandbox', 'insecure'].includes(security)) fail(`security ${quoted(security)} is not valid`);
}

function readFrom({ args }: InstructionNode, fail: Fail): { image: string; name?: string } {
  const [image, as, name] = args;
  if (args.length === 1) return { image: image! };
  if (args.length !== 3 || as!.toLowerCase() !== 'as')
    return fail('FROM requires either one or three arguments');
  const stage = name!.toLowerCase();
  // a digit first would be a stage's number
  if (!/^[a-z][a-z0-9-_.]*$/.test(stage))
    return fail(
      `invalid name for build stage: ${quoted(name!)}, name can't start with a number or contain symbols`,
    );
  return { image: image!, name: stage };
}

function readArg(text: string, fail: Fail): { name: string; value?: string } {
  const equals = text.indexOf('=');
  if (equals === 0) fail('ARG names can not be blank');
  return equals < 0 ? { name: text } : { name: text.slice(0, equals), value: text.slice(equals + 1) };
}

function readPairs({ name, args }: InstructionNode, fail: Fail): Pair[] {
  const pairs: Pair[] = [];
  if (args.length === 0) fail(`${name.toUpperCase()} requires at least one argument`);
  for (let i = 0; i < args.length; i += 3) {
    if (args[i] === '') fail(`${name.toUpperCase()} names can not be blank`);
    pairs.push({ name: args[i]!, value: args[i + 1]! });
  }
  return pairs;
}

/** undefined = NONE: the base image's check is switched off. */
function readHealthcheck({ args, isJson }: InstructionNode, fail: Fail): CommandLine | undefined {
  const [type = '', ...rest] = args;
  if (type.toUpperCase() === 'NONE')
    return rest.length > 0 ? fail('HEALTHCHECK NONE takes no arguments') : undefined;
  if (type.toUpperCase() !== 'CMD')
    return fail(`Unknown type ${quoted(type.toUpperCase())} in HEALTHCHECK (try CMD)`);
  if (rest.length === 0) return fail('Missing command after HEALTHCHECK CMD');
  return { args: rest, isShell: !isJson };
}

/** Only the name is judged here, the rest when the trigger goes off. Heredocs follow the line as they stood in the file. */
function readOnbuild({ inner, written, heredocs }: InstructionNode, fail: Fail): string {
  const name = trimmedOf(inner!.name).toUpperCase();
  if (name === 'ONBUILD') return fail("Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === 'FROM' || name === 'MAINTAINER') return fail(`${name} isn't allowed as an ONBUILD trigger`);
  const line = written.replace(/^\s*ONBUILD[\t\n\f\r ]*/i, '');
  return [line, ...heredocs.map((heredoc) => `${heredoc.content}${heredoc.name}`)].join('\n');
}
