/** How progress calls the steps of a stage: `[build 2/5] RUN make`. FROM is the first, instructions without a layer don't count. */
import type { Instruction } from './dockerfile/instructions.ts';
import type { Stage } from './dockerfile/stages.ts';

export class Numbering {
  readonly #prefix: string;
  readonly #counted: readonly Instruction[];

  constructor(stage: Stage, instructions: readonly Instruction[], stageCount: number) {
    this.#prefix = stageCount === 1 ? '' : `${stage.name ?? `stage-${stage.index}`} `;
    this.#counted = instructions.filter(
      ({ kind }) => kind === 'run' || kind === 'copy' || kind === 'add' || kind === 'workdir',
    );
  }

  prefixOfFrom(): string {
    return `[${this.#prefix}1/${this.#counted.length + 1}] `;
  }

  titleOf(instruction: Instruction): string {
    const number = this.#counted.indexOf(instruction) + 2;
    return `[${this.#prefix}${number}/${this.#counted.length + 1}] ${instruction.original.replace(/\s+/g, ' ')}`;
  }
}
