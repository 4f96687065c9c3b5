/** What a RUN runs: its argv, which counts in the step's key. Pure. */
import { parseHeredoc } from './dockerfile/heredoc.ts';
import type { Instruction } from './dockerfile/instructions.ts';
import { commandOf } from './dockerfile/metadata.ts';
import { runConfigOf, type StageState } from './stage-state.ts';

export type RunInstruction = Extract<Instruction, { kind: 'run' }>;

/** Where BuildKit puts heredocs that are programs of their own. */
export const scriptPath = (name: string): string => `/dev/pipes/${name.replaceAll('/', '_')}`;

/** argv of a RUN; a heredoc is the script, or the input the command's own `<<` asks the shell for (builder reference, "Here-documents"). */
export function runCommandOf({ command, heredocs }: RunInstruction, state: StageState): string[] {
  const config = runConfigOf(state);
  if (heredocs.length === 0) return commandOf(command, config);
  const [first] = heredocs;
  const line = command.args[0] ?? '';
  // nothing but the heredoc: it is the script
  if (parseHeredoc(line) !== undefined) {
    if (first!.content.startsWith('#!')) return [scriptPath(first!.name)];
    return commandOf({ args: [first!.content], isShell: true }, config);
  }
  const contents = heredocs.map(({ name, content }) => `${content}${name}`).join('\n');
  return commandOf({ args: [`${line}\n${contents}`], isShell: true }, config);
}
