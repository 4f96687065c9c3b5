/** Logical lines → syntax tree: one node per instruction, arguments still unexpanded. */
import { DockerfileError, type SourceRange } from './errors.ts';
import { findHeredocs, type Heredoc } from './heredoc.ts';
import { type Directives, DockerfileLines } from './lines.ts';
import { quoted } from './quoted.ts';
import { isSpace, trimmedOf, trimmedStart } from './space.ts';
import { splitFlags, splitWords } from './split.ts';

/** One instruction. ENV and LABEL have three arguments a pair: name, value as written, '=' or '' (old form). */
export interface InstructionNode extends SourceRange {
  /** lower case */
  name: string;
  flags: string[];
  args: string[];
  /** arguments were a JSON array (exec form) */
  isJson: boolean;
  heredocs: Heredoc[];
  /** the instruction behind ONBUILD */
  inner?: InstructionNode;
  /** the line as written, continuations joined */
  original: string;
  /** the same with the white space at its end: ONBUILD keeps it */
  written: string;
}

export interface ParsedDockerfile {
  escape: string;
  directives: Directives;
  nodes: InstructionNode[];
  warnings: { message: string; range: SourceRange }[];
}

/** Parses the text of a Dockerfile. Throws DockerfileError with the lines at fault. */
export function parseDockerfile(source: string): ParsedDockerfile {
  const lines = new DockerfileLines(source);
  const { escape, directives, warnings } = lines;
  const nodes: InstructionNode[] = [];
  for (let line = lines.next(); line !== undefined; line = lines.next()) {
    const node = parseInstruction(line.text, escape, line);
    const { startLine } = line;
    const heredocs = canHoldHeredocs(node) ? findHeredocs(line.text) : [];
    for (const heredoc of heredocs) heredoc.content = lines.contentOf(heredoc, startLine);
    nodes.push({ ...node, heredocs, endLine: lines.lineNumber });
  }
  if (nodes.length === 0) {
    throw new DockerfileError(
      'file with no instructions',
      { startLine: 1, endLine: 1 },
      'begin it with: FROM IMAGE',
    );
  }
  lines.checkEnd();
  return { escape, directives, nodes, warnings };
}

/** RUN, COPY and ADD, also behind one ONBUILD, but not in exec form. */
function canHoldHeredocs({ name, inner, isJson }: InstructionNode): boolean {
  if (name === 'onbuild') return inner !== undefined && inner.name !== 'onbuild' && canHoldHeredocs(inner);
  return !isJson && (name === 'run' || name === 'copy' || name === 'add');
}

/** One instruction line, also the one behind ONBUILD. */
function parseInstruction(text: string, escape: string, range: SourceRange): InstructionNode {
  const original = trimmedOf(text);
  const [, name = '', behind = ''] = /^([^\t\v\f\r ]+)(?:[\t\v\f\r ]+([\s\S]*))?$/.exec(original) ?? [];
  const { flags, rest } = splitFlags(behind, escape);
  const { startLine, endLine } = range;
  const node: InstructionNode = {
    name: name.toLowerCase(),
    flags,
    args: [],
    isJson: false,
    heredocs: [],
    original,
    written: text,
    startLine,
    endLine,
  };
  try {
    return { ...node, ...parseArguments(node.name, rest, escape, range) };
  } catch (error) {
    if (error instanceof SyntaxProblem) throw new DockerfileError(error.message, { startLine, endLine });
    throw error;
  }
}

/** Carries a message up to where the range is known. */
class SyntaxProblem extends Error {}

type Arguments = Partial<Pick<InstructionNode, 'args' | 'isJson' | 'inner'>>;

function parseArguments(name: string, rest: string, escape: string, range: SourceRange): Arguments {
  switch (name) {
    case 'add':
    case 'copy':
    case 'volume':
      return parseJsonArray(rest) ?? { args: splitSpaces(rest) };
    case 'run':
    case 'cmd':
    case 'entrypoint':
    case 'shell':
      return parseCommand(rest);
    case 'env':
    case 'label':
      return { args: parsePairs(name.toUpperCase(), rest, escape) };
    case 'arg':
      return { args: splitWords(rest, escape) };
    case 'from':
    case 'expose':
      return { args: splitSpaces(rest) };
    case 'healthcheck':
      return parseHealthcheck(rest);
    case 'onbuild':
      return rest === '' ? {} : { inner: parseInstruction(rest, escape, range) };
    case 'maintainer':
    case 'stopsignal':
    case 'user':
    case 'workdir':
      return { args: rest === '' ? [] : [rest] };
    default:
      return { args: [''] }; // refused with a suggestion later
  }
}

const splitSpaces = (rest: string) => (rest === '' ? [] : rest.split(/[\t\v\f\r ]+/));

function parseCommand(rest: string): Arguments {
  return parseJsonArray(rest) ?? { args: rest === '' ? [] : [rest] };
}

/** A JSON array of strings; undefined when it is no JSON array; an array of anything else is an error. */
function parseJsonArray(rest: string): { args: string[]; isJson: true } | undefined {
  const text = trimmedStart(rest);
  if (!text.startsWith('[')) return undefined;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined; // e.g. RUN [ -f x ]
  }
  const items = value as unknown[];
  if (items.some((item) => typeof item !== 'string')) {
    throw new SyntaxProblem('when using JSON array syntax, arrays must be comprised of strings only');
  }
  return { args: (items as string[]).map((item) => item.toWellFormed()), isJson: true };
}

function parsePairs(command: string, rest: string, escape: string): string[] {
  const words = splitWords(rest, escape);
  if (words.length === 0) return [];
  if (!words[0]!.includes('=')) {
    const [, name, value] = /^([^\t\v\f\r ]*)[\t\v\f\r ]+([\s\S]*)$/.exec(rest) ?? [];
    if (name === undefined || value === undefined)
      throw new SyntaxProblem(`${command} must have two arguments`);
    return [name, value, ''];
  }
  return words.flatMap((word) => {
    const equals = word.indexOf('=');
    if (equals < 0) {
      throw new SyntaxProblem(
        `Syntax error - can't find = in ${quoted(word)}. Must be of the form: name=value`,
      );
    }
    return [word.slice(0, equals), word.slice(equals + 1), '='];
  });
}

function parseHealthcheck(rest: string): Arguments {
  const end = [...rest].findIndex(isSpace);
  const type = end < 0 ? rest : [...rest].slice(0, end).join('');
  if (type === '') return {};
  const { args = [], isJson = false } = parseCommand(trimmedStart(rest.slice(type.length)));
  return { args: [type, ...args], isJson };
}
