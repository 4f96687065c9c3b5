/** Instructions that only change an image's configuration, applied to a copy of it. Pure; also what `commit -c` and `import -c` take. */
import { parseSignal } from '../../containers/signals.ts';
import type { ImageRunConfig } from '../../types/config.ts';
import { DockerfileError } from './errors.ts';
import type { CommandLine, Instruction, Pair } from './instructions.ts';
import { PortError, readPorts } from './ports.ts';
import { ExpansionError, expandWord, expandWords, type WordContext } from './words.ts';

/** The instructions of this file: all but FROM, ARG, RUN, COPY, ADD, MAINTAINER (an author, not a run configuration). */
export type MetadataInstruction = Exclude<
  Instruction,
  { kind: 'from' | 'arg' | 'run' | 'copy' | 'add' | 'maintainer' }
>;

const DEFAULT_SHELL = ['/bin/sh', '-c'];

/** Returns a changed copy. Throws DockerfileError with the instruction's lines. */
export function applyMetadata(
  config: ImageRunConfig,
  instruction: MetadataInstruction,
  words: WordContext,
): ImageRunConfig {
  const word = (text: string) => expanded(instruction, () => expandWord(text, words));
  switch (instruction.kind) {
    case 'env':
      return { ...config, Env: mergeEnv(config.Env ?? [], instruction.pairs.map(pairWith(word))) };
    case 'label': {
      const added = instruction.pairs.map(pairWith(word)).map(({ name, value }) => [name, value]);
      return {
        ...config,
        Labels: { ...config.Labels, ...(Object.fromEntries(added) as Record<string, string>) },
      };
    }
    case 'cmd':
      return { ...config, Cmd: writtenCommand(instruction.command, config) };
    case 'entrypoint':
      // A new entrypoint drops the command that came from the base image (Docker, builder dispatch).
      return { ...config, Entrypoint: writtenCommand(instruction.command, config), Cmd: null };
    case 'shell':
      return { ...config, Shell: instruction.args };
    case 'expose':
      return {
        ...config,
        ExposedPorts: { ...config.ExposedPorts, ...exposedPorts(instruction, words) },
      };
    case 'volume':
      return { ...config, Volumes: { ...config.Volumes, ...volumes(instruction, word) } };
    case 'workdir':
      return { ...config, WorkingDir: resolveDirectory(config.WorkingDir ?? '/', word(instruction.value)) };
    case 'user':
      return { ...config, User: word(instruction.value) };
    case 'stopsignal': {
      const StopSignal = word(instruction.value);
      parseSignal(StopSignal);
      return { ...config, StopSignal };
    }
    case 'healthcheck':
      return { ...config, Healthcheck: instruction.health };
    case 'onbuild':
      return { ...config, OnBuild: [...(config.OnBuild ?? []), instruction.trigger] };
  }
}

/** Runs an expansion, its failure told with the instruction's lines. */
export function expanded<T>(instruction: Instruction, expand: () => T): T {
  try {
    return expand();
  } catch (error) {
    if (error instanceof ExpansionError) throw new DockerfileError(error.message, instruction);
    throw error;
  }
}

const pairWith =
  (word: (text: string) => string) =>
  ({ name, value }: Pair): Pair => ({ name: word(name), value: word(value) });

/** `NAME=value` entries with `pairs` set, in place where a name was there. */
function mergeEnv(env: readonly string[], pairs: readonly Pair[]): string[] {
  const result = [...env];
  for (const { name, value } of pairs) {
    const at = result.findIndex((entry) => entry.split('=', 1)[0] === name);
    result.splice(at < 0 ? result.length : at, 1, `${name}=${value}`);
  }
  return result;
}

/** An empty list is left out of an image's configuration. */
function writtenCommand(command: CommandLine, config: ImageRunConfig): string[] | null {
  const args = commandOf(command, config);
  return args.length === 0 ? null : args;
}

/** Exec form as it is; shell form behind the image's shell, also when nothing stands there. */
export function commandOf({ args, isShell }: CommandLine, config: ImageRunConfig): string[] {
  return isShell ? [...(config.Shell ?? DEFAULT_SHELL), args[0] ?? ''] : args;
}

/** '80/tcp' of each port that an EXPOSE names. Throws DockerfileError. */
export function exposedPorts(
  instruction: Extract<Instruction, { kind: 'expose' | 'volume' }>,
  words: WordContext,
): Record<string, Record<string, never>> {
  const values = expanded(instruction, () => instruction.values.flatMap((text) => expandWords(text, words)));
  try {
    return Object.fromEntries(values.flatMap(readPorts).map((port) => [port, {}]));
  } catch (error) {
    if (error instanceof PortError) throw new DockerfileError(error.message, instruction);
    throw error;
  }
}

function volumes(
  instruction: Extract<Instruction, { kind: 'expose' | 'volume' }>,
  word: (text: string) => string,
): Record<string, Record<string, never>> {
  const paths = instruction.values.map(word);
  if (paths.includes(''))
    throw new DockerfileError('VOLUME specified can not be an empty string', instruction);
  return Object.fromEntries(paths.map((path) => [path, {}]));
}

/** A relative directory counts from the current one; the result has no '.', '..' or doubled slashes. */
export function resolveDirectory(current: string, path: string): string {
  const parts: string[] = [];
  for (const part of (path.startsWith('/') ? path : `${current}/${path}`).split('/')) {
    if (part === '..') parts.pop();
    else if (part !== '' && part !== '.') parts.push(part);
  }
  return `/${parts.join('/')}`;
}
