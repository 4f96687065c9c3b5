/** Runs a command line: finds the verb, reads its flags, prints its errors. The same for a shell and the screen. */
import type { Engine } from '../../engine/index.ts';
import { parseFlags } from './grammar.ts';
import type { CliIo } from './io.ts';
import { nearest } from './nearest.ts';
import { findVerb, GROUPS, UNSUPPORTED, VERBS } from './verb-table.ts';

/** `words` = verb and what follows it. Never throws; returns the exit status. */
export async function runVerb(words: readonly string[], engine: () => Engine, io: CliIo): Promise<number> {
  const found = findVerb(words);
  if (found === undefined)
    return words[0] === 'help' ? await help(words.slice(1), engine, io) : await unknownVerb(words, io);
  const { entry, path, length } = found;
  let isRun = false;
  try {
    const { command } = await entry.load();
    isRun = command.isRun === true;
    const parsed = parseFlags(command, words.slice(length));
    const wantsHelp = !command.flags.some(({ name }) => name === 'help') && parsed.flags.bool('help');
    if (wantsHelp) {
      const { helpText } = await import('./help.ts');
      await io.stdout.write(helpText(path, command, io.stdout.columns()));
      return 0;
    }
    const { min, max } = command.arity;
    const count = parsed.args.length;
    if (count < min || count > max) throw (await import('./help.ts')).arityError(path, command);
    return await command.run(parsed, engine, io);
  } catch (error) {
    const { describeFailure } = await import('./report.ts');
    const { text, exitCode } = describeFailure(error, path, isRun);
    if (text !== undefined) await io.stderr.write(`${text}\n`).catch(() => {}); // nobody reads stderr any more
    return exitCode;
  }
}

/** `help`, `help run`, `help container`: another way to ask for `--help`, with Docker's words for what there is not. */
async function help(topic: readonly string[], engine: () => Engine, io: CliIo): Promise<number> {
  const [first] = topic;
  if (first === undefined) {
    const { programHelp } = await import('./help-lists.ts');
    await io.stdout.write(await programHelp(io.stdout.columns()));
    return 0;
  }
  if (findVerb(topic) !== undefined || (first in GROUPS && topic.length === 1) || UNSUPPORTED.has(first))
    return await runVerb([...topic, '--help'], engine, io);
  await io.stderr.write(`unknown help topic: ${topic.join(' ')}\n`);
  return 1;
}

async function unknownVerb(words: readonly string[], io: CliIo): Promise<number> {
  const [first = '', second] = words;
  if (UNSUPPORTED.has(words.slice(0, 2).join('-')) || UNSUPPORTED.has(first)) {
    const name = first in GROUPS ? `${first} ${second}` : first;
    await io.stderr.write(`boxtop: '${name}' is not supported yet.\nSee 'boxtop --help'\n`);
    return 1;
  }
  if (first in GROUPS) {
    const { groupHelp } = await import('./help-lists.ts');
    const isAsked = second === undefined || second === '--help' || second === '-h';
    await (isAsked ? io.stdout : io.stderr).write(await groupHelp(first));
    return isAsked ? 0 : 1;
  }
  const best = nearest(
    first,
    VERBS.flatMap(({ spellings }) => spellings.filter((name) => !name.includes(' '))),
  );
  const hint = best === undefined ? '' : `\nDid you mean 'boxtop ${best}'?`;
  await io.stderr.write(`boxtop: '${first}' is not a boxtop command.${hint}\nSee 'boxtop --help'\n`);
  return 1;
}
