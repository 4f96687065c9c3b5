/** Reads Go templates (text/template) into a tree: the part of the language that --format needs. Pure. */

export class TemplateError extends Error {
  override readonly name = 'TemplateError';
}

/** An operand with its place in the template, for error texts. */
export type Operand =
  | { kind: 'field'; path: string[]; at: number; source: string }
  | { kind: 'variable'; name: string; path: string[]; at: number; source: string }
  | { kind: 'value'; value: unknown }
  | { kind: 'function'; name: string }
  | { kind: 'group'; pipeline: Pipeline; path: string[]; at: number; source: string };

export interface Pipeline {
  /** '$x' or '$k', '$v' */
  declares: string[];
  /** each command = function or value with arguments; the result goes to the next as last argument */
  commands: Operand[][];
}

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] };

interface Piece {
  text?: string;
  action?: string;
  /** offset of the action's text */
  at: number;
}

/** Throws TemplateError in Go's words: 'template: :1: unclosed action'. */
export function parseTemplate(source: string): Node[] {
  const pieces = splitActions(source);
  const [nodes, end] = readNodes(pieces, 0, false);
  if (end < pieces.length) throw fail(`unexpected {{${pieces[end]!.action}}}`);
  return nodes;
}

const fail = (message: string) => new TemplateError(`template: :1: ${message}`);

function splitActions(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  const text = (end: number, trimEnd: boolean) => {
    let part = source.slice(at, end);
    if (trimNext) part = part.trimStart();
    if (trimEnd) part = part.trimEnd();
    if (part !== '') pieces.push({ text: part, at });
  };
  for (;;) {
    const open = source.indexOf('{{', at);
    if (open < 0) break;
    const trimBefore = /^-\s/.test(source.slice(open + 2, open + 4));
    text(open, trimBefore);
    const start = open + (trimBefore ? 3 : 2);
    const close = closeOf(source, start);
    const inside = source.slice(start, close);
    trimNext = /\s-$/.test(inside);
    const action = trimNext ? inside.slice(0, -1) : inside;
    if (!/^\s*\/\*[\s\S]*\*\/\s*$/.test(action)) pieces.push({ action, at: start });
    at = close + 2;
  }
  text(source.length, false);
  return pieces;
}

/** The '}}' that ends an action; those within quotes don't. */
function closeOf(source: string, start: number): number {
  const tokens = /"(?:[^"\\]|\\.)*"|`[^`]*`|}}/g;
  tokens.lastIndex = start;
  for (let match = tokens.exec(source); match !== null; match = tokens.exec(source)) {
    if (match[0] === '}}') return match.index;
  }
  throw fail('unclosed action');
}

/** Nodes up to `{{end}}` or `{{else …}}` (when inside), with the index where it stopped. */
function readNodes(pieces: readonly Piece[], from: number, isInside: boolean): [Node[], number] {
  const nodes: Node[] = [];
  let i = from;
  while (i < pieces.length) {
    const { text, action = '', at } = pieces[i]!;
    const [, word = '', rest = ''] = /^\s*(if|with|range|else|end)\b([\s\S]*)$/.exec(action) ?? [];
    if (text !== undefined) nodes.push({ kind: 'text', text });
    else if (word === 'end' || word === 'else') {
      if (!isInside) throw fail(`unexpected {{${word}}}`);
      return [nodes, i];
    } else if (word === 'if' || word === 'with' || word === 'range') {
      const [node, end] = readBlock(pieces, i, word, { text: rest, at: at + action.length - rest.length });
      nodes.push(node);
      i = end;
    } else nodes.push({ kind: 'action', pipeline: parsePipeline(action, at) });
    i += 1;
  }
  if (isInside) throw fail('unexpected EOF');
  return [nodes, i];
}

function readBlock(
  pieces: readonly Piece[],
  from: number,
  kind: 'if' | 'with' | 'range',
  head: { text: string; at: number },
): [Node, number] {
  const pipeline = parsePipeline(head.text, head.at);
  const [body, stop] = readNodes(pieces, from + 1, true);
  const { action = '', at } = pieces[stop]!;
  const [, chained, rest = ''] = /^\s*else(?:\s+(if|with)\b([\s\S]*))?\s*$/.exec(action) ?? [];
  if (chained !== undefined) {
    const head = { text: rest, at: at + action.length - rest.length };
    const [node, end] = readBlock(pieces, stop, chained as 'if' | 'with', head);
    return [{ kind, pipeline, body, otherwise: [node] }, end];
  }
  if (/^\s*else\s*$/.test(action)) {
    const [otherwise, end] = readNodes(pieces, stop + 1, true);
    return [{ kind, pipeline, body, otherwise }, end];
  }
  return [{ kind, pipeline, body, otherwise: [] }, stop];
}

interface Token {
  text: string;
  at: number;
  /** white space before it: '.A .B' are two operands, '.A.B' is one */
  isApart: boolean;
}

const TOKENS =
  /\s+|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)'|:=|\$\w*|\.\w+|\.|[|(),=]|[+-]?\d[\w.]*|[A-Za-z_]\w*/gy;

function tokenize(text: string, offset: number): Token[] {
  const tokens: Token[] = [];
  TOKENS.lastIndex = 0;
  let isApart = true;
  while (TOKENS.lastIndex < text.length) {
    const at = TOKENS.lastIndex;
    const match = TOKENS.exec(text);
    if (match === null) throw fail(`unexpected ${JSON.stringify(text[at])} in operand`);
    if (match[0].trim() === '') isApart = true;
    else {
      tokens.push({ text: match[0], at: offset + at, isApart });
      isApart = false;
    }
  }
  return tokens;
}

function parsePipeline(text: string, offset: number): Pipeline {
  const tokens = tokenize(text, offset);
  const pipeline = readPipeline(tokens);
  if (tokens.length > 0) throw fail(`unexpected ${JSON.stringify(tokens[0]!.text)} in command`);
  return pipeline;
}

function readPipeline(tokens: Token[]): Pipeline {
  const declares: string[] = [];
  const assign = tokens.findIndex(({ text }) => text === ':=' || text === '=');
  if (assign > 0 && tokens.slice(0, assign).every(({ text }) => text === ',' || text.startsWith('$'))) {
    for (const { text } of tokens.splice(0, assign + 1)) if (text.startsWith('$')) declares.push(text);
  }
  const commands: Operand[][] = [[]];
  while (tokens.length > 0 && tokens[0]!.text !== ')') {
    if (tokens[0]!.text === '|') {
      tokens.shift();
      commands.push([]);
    } else commands.at(-1)!.push(readOperand(tokens));
  }
  if (commands.some((command) => command.length === 0)) throw fail('missing value for command');
  return { declares, commands };
}

function readOperand(tokens: Token[]): Operand {
  const { text, at } = tokens.shift()!;
  if (text === '(') {
    const pipeline = readPipeline(tokens);
    if (tokens.shift()?.text !== ')') throw fail('unclosed left paren');
    return { kind: 'group', pipeline, ...readPath(tokens, at, '(…)', []) };
  }
  if (text === '.') return { kind: 'field', path: [], at, source: '.' };
  if (text.startsWith('.')) return { kind: 'field', ...readPath(tokens, at, text, [text.slice(1)]) };
  if (text.startsWith('$')) return { kind: 'variable', name: text, ...readPath(tokens, at, text, []) };
  if (text.startsWith('"')) return { kind: 'value', value: unquote(text) };
  if (text.startsWith('`')) return { kind: 'value', value: text.slice(1, -1) };
  if (text.startsWith("'")) return { kind: 'value', value: text.codePointAt(1) };
  if (/^[+-]?\d/.test(text)) return { kind: 'value', value: Number(text) };
  if (text === 'true' || text === 'false') return { kind: 'value', value: text === 'true' };
  if (text === 'nil') return { kind: 'value', value: null };
  if (/^\w+$/.test(text)) return { kind: 'function', name: text };
  throw fail(`unexpected ${JSON.stringify(text)} in operand`);
}

function readPath(
  tokens: Token[],
  at: number,
  source: string,
  path: string[],
): { path: string[]; at: number; source: string } {
  let last = at;
  let whole = source;
  while (tokens[0] !== undefined && !tokens[0].isApart && /^\.\w/.test(tokens[0].text)) {
    const token = tokens.shift()!;
    path.push(token.text.slice(1));
    last = token.at;
    whole += token.text;
  }
  return { path, at: last, source: whole };
}

function unquote(text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    throw fail(`unterminated or wrong string ${text}`);
  }
}
