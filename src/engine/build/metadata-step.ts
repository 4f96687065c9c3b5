/** An instruction that only changes the configuration, applied to a stage's state. */
import { historyText } from './dockerfile/history-text.ts';
import { applyMetadata, type MetadataInstruction } from './dockerfile/metadata.ts';
import { runConfigOf, type StageState, withConfig, wordsOf } from './stage-state.ts';

/** Throws DockerfileError. */
export function withMetadata(
  state: StageState,
  instruction: MetadataInstruction,
  escape: string,
): StageState {
  const before = runConfigOf(state);
  const words = wordsOf(state, escape);
  const config = applyMetadata(before, instruction, words);
  // a CMD of this stage stays; one that came with the base image goes (Docker, dispatchEntrypoint)
  if (instruction.kind === 'entrypoint' && state.hasCmd) config.Cmd = before.Cmd;
  const next = withConfig(state, config, historyText(instruction, config, words));
  return instruction.kind === 'cmd' ? { ...next, hasCmd: true } : next;
}
