/** Reads a Go template (text/template) into a tree. Pure. */
import type { Token } from './lexer.ts';
import { type Pipeline, PipelineParser, type Place } from './parse-pipeline.ts';

export type Node =
  | { kind: 'text'; text: string }
  | { kind: 'action'; pipeline: Pipeline }
  | { kind: 'if' | 'with' | 'range'; pipeline: Pipeline; body: Node[]; otherwise: Node[] }
  | { kind: 'break' | 'continue' }
  | ({ kind: 'template'; name: string; pipeline: Pipeline | undefined } & Place);

export interface Template {
  nodes: Node[];
  /** what {{define}} and {{block}} named */
  named: ReadonlyMap<string, Node[]>;
}

/** Throws TemplateError in Go's words: 'template: :1: unclosed action'. `functions` are the names that may be called. */
export function parseTemplate(source: string, functions: ReadonlySet<string>): Template {
  return new Parser(source, functions).whole();
}

type Stop = 'end' | 'else' | 'end of text';
type BlockKind = 'if' | 'with' | 'range';

class Parser extends PipelineParser {
  private rangeDepth = 0;
  private readonly named = new Map<string, Node[]>();

  whole(): Template {
    const { nodes, stop } = this.list();
    if (stop !== 'end of text') throw this.fail(`unexpected {{${stop}}}`);
    return { nodes, named: this.named };
  }

  /** Nodes up to the text's end, `{{end}}` or `{{else`; of the latter the rest is not read. */
  private list(): { nodes: Node[]; stop: Stop } {
    const nodes: Node[] = [];
    for (;;) {
      const token = this.take();
      if (token.kind === 'end of text') return { nodes, stop: 'end of text' };
      if (token.kind === 'text') {
        nodes.push({ kind: 'text', text: token.text });
        continue;
      }
      const first = this.peekSolid();
      if (first.kind === 'keyword') {
        this.take();
        if (first.text === 'end') {
          this.close('end');
          return { nodes, stop: 'end' };
        }
        if (first.text === 'else') return { nodes, stop: 'else' };
        nodes.push(...this.keyword(first));
      } else nodes.push({ kind: 'action', pipeline: this.pipeline('command', 'close') });
    }
  }

  private close(context: string): void {
    const token = this.takeSolid();
    if (token.kind !== 'close') throw this.unexpected(token, context);
  }

  private keyword(token: Token): Node[] {
    switch (token.text) {
      case 'if':
      case 'with':
      case 'range':
        return [this.block(token.text)];
      case 'break':
      case 'continue':
        if (this.rangeDepth === 0) throw this.fail(`{{${token.text}}} outside {{range}}`);
        this.close(`{{${token.text}}}`);
        return [{ kind: token.text }];
      case 'define':
        this.define(this.name('define clause'), false);
        return [];
      default:
        return [this.template(token.text)];
    }
  }

  private block(kind: BlockKind): Node {
    const outer = this.variables.length;
    const pipeline = this.pipeline(kind, 'close');
    if (kind === 'range') this.rangeDepth += 1;
    const body = this.list();
    if (kind === 'range') this.rangeDepth -= 1;
    const otherwise = body.stop === 'else' ? this.otherwise(kind) : [];
    if (body.stop === 'end of text') throw this.fail('unexpected EOF');
    this.variables.length = outer;
    return { kind, pipeline, body: body.nodes, otherwise };
  }

  /** Behind `{{else`: `}}`, or `if …}}` which is a block of its own that shares the end. */
  private otherwise(kind: BlockKind): Node[] {
    const token = this.peekSolid();
    if (token.kind === 'keyword' && token.text === kind && kind !== 'range') {
      this.take();
      return [this.block(kind)];
    }
    this.close('else');
    const { nodes, stop } = this.list();
    if (stop === 'else') throw this.fail('expected end; found {{else}}');
    if (stop === 'end of text') throw this.fail('unexpected EOF');
    return nodes;
  }

  private name(context: string): string {
    const token = this.takeSolid();
    if (token.kind !== 'string') throw this.unexpected(token, context);
    return this.unquote(token.text);
  }

  private define(name: string, isBlock: boolean): void {
    if (!isBlock) this.close('define clause');
    const outer = this.variables;
    this.variables = ['$'];
    const { nodes, stop } = this.list();
    if (stop !== 'end')
      throw this.fail(stop === 'else' ? 'unexpected {{else}} in define clause' : 'unexpected EOF');
    this.variables = outer;
    this.named.set(name, nodes);
  }

  private template(word: string): Node {
    const context = `${word} clause`;
    const { at } = this.peekSolid();
    const name = this.name(context);
    const isBare = word === 'template' && this.peekSolid().kind === 'close';
    const pipeline = isBare ? undefined : this.pipeline(context, 'close');
    if (isBare) this.close(context);
    if (word === 'block') this.define(name, true);
    const argument = pipeline === undefined ? '' : ` ${pipeline.source}`;
    return {
      kind: 'template',
      name,
      pipeline,
      at,
      source: `{{template ${JSON.stringify(name)}${argument}}}`,
    };
  }
}
