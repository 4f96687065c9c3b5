/** Reads what stands inside of a template's actions: pipelines of commands of operands. Pure. */
import { type Token, templateError, tokenize } from './lexer.ts';

/** A place for error texts: the offset and the source as Go writes it. */
export interface Place {
  at: number;
  source: string;
}

export type Operand = Place &
  (
    | { kind: 'field'; path: string[] }
    | { kind: 'variable'; name: string; path: string[] }
    | { kind: 'value'; value: string | number | boolean; type: 'string' | 'number' | 'bool' }
    | { kind: 'nil' }
    | { kind: 'function'; name: string }
    | { kind: 'group'; pipeline: Pipeline; path: string[] }
  );

export interface Command extends Place {
  operands: Operand[];
}

export interface Pipeline extends Place {
  /** '$x' or '$k', '$v' */
  declares: string[];
  /** '=' to a variable that is there already */
  assigns: boolean;
  /** the result of each goes to the next as its last argument */
  commands: Command[];
}

/** Walks over the tokens; errors are TemplateErrors with the line of the token read last. */
export class PipelineParser {
  private readonly source: string;
  private readonly functions: ReadonlySet<string>;
  private readonly tokens: Token[];
  private next = 0;
  /** those that may be used here; a block forgets its own at its end */
  protected variables: string[] = ['$'];

  constructor(source: string, functions: ReadonlySet<string>) {
    this.source = source;
    this.functions = functions;
    this.tokens = tokenize(source);
  }

  protected fail(message: string): Error {
    const { at } = this.tokens[Math.max(0, this.next - 1)]!;
    return templateError(this.source, at, message);
  }

  protected unexpected({ kind, text }: Token, context: string): Error {
    const shown =
      kind === 'end of text' ? 'EOF' : kind === 'keyword' ? `<${text}>` : JSON.stringify(text.slice(0, 10));
    return this.fail(`unexpected ${shown}${text.length > 10 ? '...' : ''} in ${context}`);
  }

  protected take(): Token {
    return this.tokens[this.next++]!;
  }

  protected peekSolid(): Token {
    while (this.tokens[this.next]!.kind === 'space') this.next += 1;
    return this.tokens[this.next]!;
  }

  protected takeSolid(): Token {
    this.peekSolid();
    return this.take();
  }

  /** Up to and with `end`. */
  protected pipeline(context: string, end: ')' | 'close'): Pipeline {
    const { at } = this.peekSolid();
    const { declares, assigns } = this.declarations(context);
    const commands: Command[] = [];
    for (;;) {
      const token = this.takeSolid();
      if (token.kind === end) break;
      if (!STARTS.has(token.kind)) throw this.unexpected(token, context);
      this.next -= 1;
      commands.push(this.command());
    }
    if (commands.length === 0) throw this.fail(`missing value for ${context}`);
    commands.slice(1).forEach(({ operands: [head] }, i) => {
      if (head!.kind === 'value' || head!.kind === 'nil' || head!.source === '.')
        throw this.fail(`non executable command in pipeline stage ${i + 2}`);
    });
    const declared = declares.length > 0 ? `${declares.join(', ')} ${assigns ? '=' : ':='} ` : '';
    this.variables.push(...(assigns ? [] : declares));
    return {
      at,
      source: declared + commands.map(({ source }) => source).join(' | '),
      declares,
      assigns,
      commands,
    };
  }

  /** `$x :=`, `$x =`, in a range also `$k, $v :=`. */
  private declarations(context: string): { declares: string[]; assigns: boolean } {
    const start = this.next;
    const declares: string[] = [];
    while (this.peekSolid().kind === 'variable') {
      declares.push(this.take().text);
      const token = this.takeSolid();
      if (token.kind === ':=' || token.kind === '=') {
        const most = context === 'range' ? 2 : 1;
        if (declares.length > most) throw this.fail(`too many declarations in ${context}`);
        if (token.kind === '=') for (const name of declares) this.checkVariable(name);
        return { declares, assigns: token.kind === '=' };
      }
      if (token.text !== ',' || context !== 'range') break;
    }
    this.next = start;
    return { declares: [], assigns: false };
  }

  private command(): Command {
    const operands: Operand[] = [];
    for (;;) {
      this.peekSolid();
      const operand = this.operand();
      if (operand !== undefined) operands.push(operand);
      const token = this.take();
      if (token.kind === 'space') continue;
      if (token.kind === 'close' || token.kind === ')') this.next -= 1;
      else if (token.kind !== '|') throw this.unexpected(token, 'operand');
      break;
    }
    if (operands.length === 0) throw this.fail('empty command');
    return { at: operands[0]!.at, source: operands.map(({ source }) => source).join(' '), operands };
  }

  private operand(): Operand | undefined {
    const token = this.take();
    const { kind, text, at } = token;
    const place = { at, source: text };
    switch (kind) {
      case 'identifier':
        if (!this.functions.has(text)) throw this.fail(`function ${JSON.stringify(text)} not defined`);
        return { kind: 'function', name: text, ...place };
      case 'dot':
        return { kind: 'field', path: [], ...place };
      case 'field':
        return { kind: 'field', ...this.path(place, [text.slice(1)]) };
      case 'variable':
        this.checkVariable(text);
        return { kind: 'variable', name: text, ...this.path(place, []) };
      case 'nil':
        return { kind: 'nil', ...place };
      case 'bool':
        return { kind: 'value', type: 'bool', value: text === 'true', ...place };
      case 'number':
        return { kind: 'value', type: 'number', value: this.number(text), ...place };
      case 'char':
        return { kind: 'value', type: 'number', value: this.unquote(text).codePointAt(0)!, ...place };
      case 'string':
        return { kind: 'value', type: 'string', value: this.unquote(text), ...place };
      case '(': {
        const pipeline = this.pipeline('parenthesized pipeline', ')');
        return { kind: 'group', pipeline, ...this.path({ at, source: `(${pipeline.source})` }, []) };
      }
      default:
        this.next -= 1;
        return undefined;
    }
  }

  /** The fields that follow at once; Go names the place of the first of them. */
  private path({ at, source }: Place, path: string[]): Place & { path: string[] } {
    let place: Place = { at, source };
    for (let i = 0; this.tokens[this.next]!.kind === 'field'; i++) {
      const token = this.take();
      path.push(token.text.slice(1));
      place = { at: i === 0 ? token.at : place.at, source: place.source + token.text };
    }
    return { ...place, path };
  }

  private checkVariable(name: string): void {
    if (!this.variables.includes(name)) throw this.fail(`undefined variable ${JSON.stringify(name)}`);
  }

  private number(text: string): number {
    const digits = text.replaceAll('_', '');
    const value = Number(digits.replace(/^[+-]/, '')) * (digits.startsWith('-') ? -1 : 1);
    if (Number.isNaN(value)) throw this.fail(`illegal number syntax: ${JSON.stringify(text)}`);
    return value;
  }

  protected unquote(text: string): string {
    if (text.startsWith('`')) return text.slice(1, -1);
    const inner = text.slice(1, -1).replace(ESCAPE, (_, escape: string) => escaped(escape));
    if (text.startsWith("'") && Array.from(inner).length !== 1)
      throw this.fail(`malformed character constant: ${text}`);
    return inner;
  }
}

const STARTS: ReadonlySet<string> = new Set([
  'bool',
  'char',
  'dot',
  'field',
  'identifier',
  'number',
  'nil',
  'string',
  'variable',
  '(',
]);

const ESCAPE = /\\(x[\da-fA-F]{2}|u[\da-fA-F]{4}|U[\da-fA-F]{8}|[0-7]{3}|.)/gs;
const SHORT: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
};

function escaped(escape: string): string {
  if (/^[xuU]./.test(escape)) return String.fromCodePoint(Number.parseInt(escape.slice(1), 16));
  if (/^[0-7]{3}$/.test(escape)) return String.fromCharCode(Number.parseInt(escape, 8));
  return SHORT[escape] ?? escape;
}
