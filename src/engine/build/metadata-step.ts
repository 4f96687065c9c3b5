/** An instruction that only changes the configuration, applied to a stage's state. */
import { applyMetadata, type MetadataInstruction } from './dockerfile/metadata.ts';
import { runConfigOf, type StageState, withConfig, wordsOf } from './stage-state.ts';

/** Throws DockerfileError. */
export function withMetadata(
  state: StageState,
  instruction: MetadataInstruction,
  escape: string,
): StageState {
  const before = runConfigOf(state);
  const config = applyMetadata(before, instruction, wordsOf(state, escape));
  // a CMD of this stage stays; one that came with the base image goes (Docker, dispatchEntrypoint)
  if (instruction.kind === 'entrypoint' && state.hasCmd) config.Cmd = before.Cmd;
  const next = withConfig(state, config, instruction.original.replace(/\s+/g, ' '));
  return instruction.kind === 'cmd' ? { ...next, hasCmd: true } : next;
}
