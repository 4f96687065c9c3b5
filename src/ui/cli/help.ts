/** Help and usage texts in Docker's layout, made from the tables. Pure. */
import { type Flag, type Spec, UsageError } from './flags.ts';

const PROGRAM = 'boxtop';

/** Text of `boxtop VERB --help`. `path` is the verb as it was typed: 'container ls'. */
export function helpText(path: string, spec: Spec, columns: number): string {
  const options = optionLines(spec.flags, columns);
  const head = `\nUsage:  ${PROGRAM} ${path}${spec.usage === '' ? '' : ` ${spec.usage}`}\n\n${spec.summary}\n`;
  return options.length === 0 ? head : `${head}\nOptions:\n${options.join('\n')}\n`;
}

/** Docker's words for a number of arguments that doesn't fit. */
export function arityError(path: string, spec: Spec): UsageError {
  const { min, max } = spec.arity;
  const lines = [
    `"${PROGRAM} ${path}" ${needs(min, max)}.`,
    `See '${PROGRAM} ${path} --help'.`,
    '',
    `Usage:  ${PROGRAM} ${path}${spec.usage === '' ? '' : ` ${spec.usage}`}`,
    '',
    spec.summary,
  ];
  return new UsageError(lines.join('\n'), 1);
}

function needs(min: number, max: number): string {
  const plural = (count: number) => `${count} argument${count === 1 ? '' : 's'}`;
  if (max === 0) return 'accepts no arguments';
  if (min === max) return `requires exactly ${plural(min)}`;
  if (max === Number.POSITIVE_INFINITY) return `requires at least ${plural(min)}`;
  if (min === 0) return `requires at most ${plural(max)}`;
  return `requires at least ${min} and at most ${plural(max)}`;
}

/** Two columns, the second wrapped to the terminal as pflag does. */
export function optionLines(flags: readonly Flag[], columns: number): string[] {
  const shown = flags
    .filter((flag) => !flag.isUnsupported && !flag.isHidden)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const left = shown.map(leftColumn);
  const width = Math.max(0, ...left.map((cell) => cell.length)) + 3;
  return shown.flatMap((flag, i) => {
    const help = flag.default === undefined ? flag.help : `${flag.help} (default ${flag.default})`;
    const [first = '', ...more] = wrap(help, Math.max(24, columns - width));
    return [left[i]!.padEnd(width) + first, ...more.map((line) => ' '.repeat(width) + line)];
  });
}

function leftColumn(flag: Flag): string {
  const short = flag.short === undefined ? '    ' : `-${flag.short}, `;
  return `  ${short}--${flag.name}${flag.type === 'bool' ? '' : ` ${flag.word ?? flag.type}`}`;
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line];
}
