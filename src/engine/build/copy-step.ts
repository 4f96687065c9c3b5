/** COPY and ADD of files: what is copied where, and the step's key. */
import type { ContextFile } from './context-files.ts';
import { NoMatchError, type PlannedEntry, planCopy } from './copy-plan.ts';
import type { CopySource } from './copy-source.ts';
import { DockerfileError } from './dockerfile/errors.ts';
import { type ModeChange, parseMode } from './dockerfile/file-mode.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { resolveDirectory } from './dockerfile/metadata.ts';
import { keyOf, runConfigOf, type StageState } from './stage-state.ts';

export type CopyInstruction = Extract<Instruction, { kind: 'copy' | 'add' }>;

/** A COPY with everything expanded. */
export interface CopyStep {
  state: StageState;
  instruction: CopyInstruction;
  source: CopySource;
  sources: readonly string[];
  destination: string;
  chown?: string;
  chmod?: string;
  signal?: AbortSignal;
}

/**
 * Identity of a step: its words and the content of its files. What the destination is in the image follows from the state, so nothing
 * is looked up for it. Throws DockerfileError: nothing matches, bad mode; CANCELED.
 */
export async function copyKey(step: CopyStep): Promise<string> {
  const { state, instruction, source, chown } = step;
  const { flags, kind } = instruction;
  const destination = absolute(runConfigOf(state).WorkingDir ?? '/', step.destination);
  const entries = plan(step, { destination, isDirectory: true });
  const keepsOwners = source.keepsOwners && chown === undefined;
  const inputs = await inputsOf(step, entries, { mode: modeOf(step), keepsOwners });
  const words = [destination, chown ?? null, flags.unpack ?? null, step.sources.length];
  // a name is somebody else on another base
  const isNamed = /[^\d:]/.test(chown ?? '');
  return keyOf(flags.link && !isNamed ? 'link' : state.key, kind, words, inputs);
}

/** What counts of the files: places, kinds, modes, owners, content; not their times. */
async function inputsOf(
  { source, signal, instruction }: CopyStep,
  entries: readonly PlannedEntry<ContextFile>[],
  { mode, keepsOwners }: { mode: ModeChange | undefined; keepsOwners: boolean },
): Promise<unknown[]> {
  const inputs: unknown[] = [];
  // archives are unpacked one after another
  const isOrdered = instruction.kind === 'add' && entries.length > 1;
  for (const { target, entry, isNamed, order } of entries) {
    const { type, linkTarget, uid, gid } = entry;
    inputs.push([
      target,
      type,
      type === 'symlink' ? linkTarget : (mode?.(entry.mode, type === 'directory') ?? entry.mode),
      type === 'file' ? await source.digestOf(entry, signal) : (entry.device ?? ''),
      keepsOwners ? [uid, gid] : 0,
      ...(isOrdered && isNamed ? [order] : []),
      ...[...(entry.xattrs ?? [])].map(([name, value]) => `${name}=${value.toString('base64')}`),
    ]);
  }
  return inputs;
}

/** Relative to WORKDIR; a '/' at the end stays, '.' means the folder. */
export function absolute(workingDir: string, destination: string): string {
  const isFolder = /(^|\/)\.{0,2}$/.test(destination);
  const path = resolveDirectory(workingDir, destination);
  return isFolder && path !== '/' ? `${path}/` : path;
}

export function plan(
  step: CopyStep,
  to: { destination: string; isDirectory: boolean },
): PlannedEntry<ContextFile>[] {
  const { flags } = step.instruction;
  if (step.sources.length > 1 && !to.destination.endsWith('/') && !to.isDirectory) {
    throw new DockerfileError(
      `When using ${step.instruction.kind.toUpperCase()} with more than one source file, the destination must be a directory and end with a /`,
      step.instruction,
    );
  }
  try {
    return planCopy(step.source.files, {
      sources: step.sources,
      ...to,
      keepsParents: flags.parents === true,
      exclude: flags.exclude ?? [],
      keepsAll: step.instruction.kind === 'add',
    });
  } catch (error) {
    if (!(error instanceof NoMatchError)) throw error;
    throw new DockerfileError(
      error.message,
      step.instruction,
      error.source.split('/').includes('..')
        ? 'no path leads out of the build context'
        : 'is it in the build context, and not left out by .dockerignore?',
    );
  }
}

export function modeOf({ chmod, instruction }: CopyStep): ModeChange | undefined {
  if (chmod === undefined) return undefined;
  const change = parseMode(chmod);
  if (change !== undefined) return change;
  throw new DockerfileError(
    `invalid chmod parameter: '${chmod}'. it should be octal string and between 0 and 07777`,
    instruction,
    'or letters as chmod takes them: u=rwX,go=rX',
  );
}
