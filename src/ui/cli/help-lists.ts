/** The lists of verbs: `boxtop --help` and `boxtop container --help`. Loads every verb for its summary. */
import { GLOBAL_FLAGS } from './global-flags.ts';
import { optionLines } from './help.ts';
import { GROUPS, VERBS } from './verb-table.ts';

/** `boxtop --help` */
export async function programHelp(columns: number): Promise<string> {
  const groups = Object.entries(GROUPS).map(([name, summary]) => [name, summary] as const);
  const verbs = await summaries((path) => (path.includes(' ') ? undefined : path));
  return [
    '',
    'Usage:  boxtop [OPTIONS] COMMAND',
    '',
    "Docker's whole workflow without a daemon; without a command on a terminal: the screen",
    '',
    'Options:',
    ...optionLines(GLOBAL_FLAGS, columns),
    '',
    'Management Commands:',
    ...listed(groups),
    '',
    'Commands:',
    ...listed(verbs),
    '',
    "Run 'boxtop COMMAND --help' for more information on a command.",
    '',
  ].join('\n');
}

/** `boxtop container` */
export async function groupHelp(group: string): Promise<string> {
  const verbs = await summaries((path) =>
    path.startsWith(`${group} `) ? path.slice(group.length + 1) : undefined,
  );
  return [
    '',
    `Usage:  boxtop ${group} COMMAND`,
    '',
    GROUPS[group]!,
    '',
    'Commands:',
    ...listed(verbs),
    '',
    `Run 'boxtop ${group} COMMAND --help' for more information on a command.`,
    '',
  ].join('\n');
}

async function summaries(name: (path: string) => string | undefined): Promise<(readonly [string, string])[]> {
  const found = await Promise.all(
    VERBS.map(async ({ spellings, load }) => {
      const shown = spellings.map(name).find((path) => path !== undefined);
      return shown === undefined ? undefined : ([shown, (await load()).command.summary] as const);
    }),
  );
  return found.filter((entry) => entry !== undefined).sort(([a], [b]) => (a < b ? -1 : 1));
}

/** The first line of each summary: a verb's own help may say more. */
const listed = (entries: readonly (readonly [string, string])[]): string[] =>
  entries.map(([name, summary]) => `  ${name.padEnd(12)}${summary.split('\n', 1)[0]}`);
