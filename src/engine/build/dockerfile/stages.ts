/** Instructions grouped into stages, and which of them a target needs. */
import { DockerfileError } from './errors.ts';
import { type Instruction, readInstruction } from './instructions.ts';
import type { ParsedDockerfile } from './parse.ts';

export type From = Extract<Instruction, { kind: 'from' }>;
export type Arg = Extract<Instruction, { kind: 'arg' }>;

export interface Stage {
  index: number;
  from: From;
  name?: string;
  instructions: Instruction[];
}

export interface Stages {
  /** ARGs before the first FROM: only for FROM lines, and defaults of the same ARG in a stage */
  metaArgs: Arg[];
  stages: Stage[];
}

/** Throws DockerfileError: an instruction before FROM, no stage at all. */
export function readStages({ nodes }: ParsedDockerfile): Stages {
  const result: Stages = { metaArgs: [], stages: [] };
  for (const node of nodes) {
    const instruction = readInstruction(node);
    const stage = result.stages.at(-1);
    if (instruction.kind === 'from') {
      result.stages.push({
        index: result.stages.length,
        from: instruction,
        name: instruction.name,
        instructions: [],
      });
    } else if (stage !== undefined) {
      stage.instructions.push(instruction);
    } else if (instruction.kind === 'arg') {
      result.metaArgs.push(instruction);
    } else {
      throw new DockerfileError(
        'no build stage in current context',
        instruction,
        'begin the Dockerfile with: FROM IMAGE',
      );
    }
  }
  if (result.stages.length === 0) {
    throw new DockerfileError(
      'dockerfile contains no stages to build',
      nodes.at(-1)!,
      'add a line: FROM IMAGE',
    );
  }
  return result;
}

/** The stage called `name` among those before `before` (by name, the last one; else by number). */
export function findStage(stages: readonly Stage[], name: string, before = stages.length): Stage | undefined {
  const earlier = stages.slice(0, before);
  const wanted = name.toLowerCase();
  return (
    earlier.findLast((stage) => stage.name === wanted) ??
    (/^\d+$/.test(name) ? earlier[Number(name)] : undefined)
  );
}
