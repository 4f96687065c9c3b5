/** An instruction that only changes the configuration, applied to a stage's state. */
import { applyMetadata, type MetadataInstruction } from './dockerfile/metadata.ts';
import { runConfigOf, type StageState, withConfig, wordsOf } from './stage-state.ts';

/** Throws DockerfileError. */
export function withMetadata(
  state: StageState,
  instruction: MetadataInstruction,
  escape: string,
): StageState {
  const config = applyMetadata(runConfigOf(state), instruction, wordsOf(state, escape));
  return withConfig(state, config, instruction.original);
}
