/** Runs a template over a value. Pure. */
import { type Evaluator, evaluateCall } from './call.ts';
import { FUNCTION_NAMES, FUNCTIONS, HEADER_FUNCTIONS, type TemplateFunction } from './functions.ts';
import { TemplateError } from './lexer.ts';
import { type Node, parseTemplate, type Template } from './parse.ts';
import type { Command, Operand, Pipeline, Place } from './parse-pipeline.ts';
import { printed } from './print.ts';
import {
  entriesOf,
  GoMap,
  GoStruct,
  type GoType,
  isPlain,
  isTrue,
  type Structs,
  typed,
  typeName,
} from './values.ts';

export interface TemplateOptions {
  /** Go's name of the top value's type, for 'can't evaluate field X in type T'; without it the value is a map. */
  type?: string;
  /**
   * How Docker declares the top value. What its structs don't have is looked for in the JSON, as Docker's inspect does; not so with the
   * `name` of the Go type, which errors tell then.
   */
  declared?: { type: GoType; structs: Structs; name?: string };
  /** The value's texts are headers of columns: functions that only change a text leave them as they are. */
  isHeader?: boolean;
  /** Turns the top value into what `json` prints. */
  toJson?: (value: unknown) => string | undefined;
}

/** Go's own limit is far higher; ours keeps a template that calls itself from ending the program. */
const DEPTH_LIMIT = 1000;

/** Reads a template once, for many values. Throws TemplateError. */
export function compileTemplate(source: string, options: TemplateOptions = {}): (value: unknown) => string {
  const template = parseTemplate(source, FUNCTION_NAMES);
  const { declared } = options;
  return (value) => {
    if (declared === undefined) return new Run(source, template, value, options).text();
    try {
      const top = typed(value, declared.type, declared.structs);
      return new Run(source, template, top, {
        isDeclared: true,
        ...(declared.name && { type: declared.name }),
      }).text();
    } catch (error) {
      if (!(error instanceof TemplateError) || declared.name !== undefined) throw error;
      return new Run(source, template, value, {}).text();
    }
  };
}

type Variables = Record<string, unknown>;
type Flow = 'on' | 'break' | 'continue';

interface Scope {
  dot: unknown;
  variables: Variables;
}

class Run implements Evaluator {
  private readonly source: string;
  private readonly template: Template;
  private readonly top: unknown;
  private readonly options: Pick<TemplateOptions, 'type' | 'toJson' | 'isHeader'> & { isDeclared?: true };
  private out = '';
  private depth = 0;

  constructor(source: string, template: Template, top: unknown, options: Run['options']) {
    this.source = source;
    this.template = template;
    this.top = top;
    this.options = options;
  }

  text(): string {
    this.nodes(this.template.nodes, { dot: this.top, variables: { $: this.top } });
    return this.out;
  }

  fail(place: Place, message: string): Error {
    const before = Buffer.from(this.source.slice(0, place.at));
    const line = before.filter((byte) => byte === 0x0a).length + 1;
    const column = line === 1 ? before.length : before.length - before.lastIndexOf(0x0a) - 1;
    return new TemplateError(`template: :${line}:${column}: executing "" at <${place.source}>: ${message}`);
  }

  private nodes(nodes: readonly Node[], scope: Scope): Flow {
    for (const node of nodes) {
      const flow = this.node(node, scope);
      if (flow !== 'on') return flow;
    }
    return 'on';
  }

  private node(node: Node, scope: Scope): Flow {
    switch (node.kind) {
      case 'text':
        this.out += node.text;
        return 'on';
      case 'break':
      case 'continue':
        return node.kind;
      case 'action': {
        const value = this.pipeline(node.pipeline, scope);
        // nil in JSON is no value; a pointer declared so is nil
        if (node.pipeline.declares.length === 0)
          this.out += printed(value === null && !this.options.isDeclared ? undefined : value);
        return 'on';
      }
      case 'template':
        this.call(node, scope);
        return 'on';
      default:
        return this.block(node, { dot: scope.dot, variables: Object.create(scope.variables) as Variables });
    }
  }

  private call(node: Extract<Node, { kind: 'template' }>, scope: Scope): void {
    const named = this.template.named.get(node.name);
    if (named === undefined) throw this.fail(node, `template ${JSON.stringify(node.name)} not defined`);
    if (this.depth >= DEPTH_LIMIT) throw this.fail(node, `exceeded maximum template depth (${DEPTH_LIMIT})`);
    const dot = node.pipeline === undefined ? undefined : this.pipeline(node.pipeline, scope);
    this.depth += 1;
    this.nodes(named, { dot, variables: { $: dot } });
    this.depth -= 1;
  }

  private block(node: Extract<Node, { body: Node[] }>, scope: Scope): Flow {
    const value = this.pipeline(node.pipeline, scope);
    if (node.kind === 'range') return this.range(node, value, scope);
    if (!isTrue(value)) return this.nodes(node.otherwise, scope);
    return this.nodes(node.body, node.kind === 'with' ? { ...scope, dot: value } : scope);
  }

  private range(node: Extract<Node, { body: Node[] }>, value: unknown, scope: Scope): Flow {
    const entries =
      value === null || value === undefined ? [] : value instanceof GoStruct ? undefined : entriesOf(value);
    if (entries === undefined) {
      const place = node.pipeline.commands[0]!.operands[0]!;
      throw this.fail(place, `range can't iterate over ${printed(value)}`);
    }
    if (entries.length === 0) return this.nodes(node.otherwise, scope);
    const { declares } = node.pipeline;
    for (const [key, item] of entries) {
      const variables = Object.create(scope.variables) as Variables;
      if (declares.length > 1) variables[declares[0]!] = key;
      if (declares.length > 0) variables[declares.at(-1)!] = item;
      if (this.nodes(node.body, { dot: item, variables }) === 'break') break;
    }
    return 'on';
  }

  pipeline({ commands, declares, assigns }: Pipeline, scope: Scope): unknown {
    let value: unknown;
    commands.forEach((command, i) => {
      value = this.command(command, scope, i === 0 ? [] : [value]);
    });
    for (const name of declares) {
      if (assigns) assign(scope.variables, name, value);
      else scope.variables[name] = value;
    }
    return value;
  }

  private command(command: Command, scope: Scope, piped: unknown[]): unknown {
    const [head, ...given] = command.operands as [Operand, ...Operand[]];
    const call = { command, given, piped };
    if (head.kind === 'function') return this.function(head.name, { ...call, head }, scope);
    if (head.kind === 'nil') throw this.fail(head, 'nil is not a command');
    const hasArguments = given.length + piped.length > 0;
    const isField =
      head.kind === 'field' ? head.path.length > 0 : head.kind === 'group' || head.kind === 'variable';
    if (hasArguments && !(isField && 'path' in head && head.path.length > 0))
      throw this.fail(head, `can't give argument to non-function ${head.source}`);
    return this.operand(head, scope, hasArguments ? call : undefined);
  }

  private function(name: string, call: Parameters<typeof evaluateCall>[2], scope: Scope): unknown {
    if (name === 'json' && this.options.toJson !== undefined) {
      const [value] = [...call.given.map((operand) => this.operand(operand, scope)), ...call.piped];
      const text = value === this.top ? this.options.toJson(value) : undefined;
      if (text !== undefined) return text;
    }
    const called = (this.options.isHeader ? HEADER_FUNCTIONS[name] : undefined) ?? FUNCTIONS[name]!;
    return evaluateCall(this, { name, ...called }, call, scope);
  }

  operand(operand: Operand, scope: Scope, call?: FieldCall): unknown {
    switch (operand.kind) {
      case 'value':
        return operand.value;
      case 'nil':
        return null;
      case 'function':
        return this.function(operand.name, { command: operand, head: operand, given: [], piped: [] }, scope);
      case 'field':
        return this.path(scope.dot, operand, scope, call);
      case 'group':
        return this.path(this.pipeline(operand.pipeline, scope), operand, scope, call);
      case 'variable':
        return this.path(scope.variables[operand.name], operand, scope, call);
    }
  }

  /** Follows fields; only the last may take arguments. */
  private path(from: unknown, place: Place & { path: string[] }, scope: Scope, call?: FieldCall): unknown {
    return place.path.reduce((value, name, i) => {
      const found = this.field(value, name, place);
      const isLast = i === place.path.length - 1;
      if (typeof found === 'function')
        return this.method({ name, found: found as Method }, place, scope, isLast ? call : undefined);
      if (isLast && call !== undefined) throw this.fail(place, `${name} is not a method but has arguments`);
      return found;
    }, from);
  }

  /** A row's function: `.Label "x"`. */
  private method(
    { name, found }: { name: string; found: Method },
    place: Place,
    scope: Scope,
    call?: FieldCall,
  ): unknown {
    const parameters = Array.from({ length: found.length }, () => 'string' as const);
    const given = call ?? { given: [], piped: [] };
    return evaluateCall(
      this,
      { name, parameters, call: found },
      { command: place, head: place, ...given },
      scope,
    );
  }

  private field(value: unknown, name: string, place: Place): unknown {
    if (value instanceof GoStruct) return this.declaredField(value, name, place);
    if (value instanceof GoMap) return value.entries.get(name);
    if (isPlain(value)) {
      const found = entryOf(value, name);
      if (found !== undefined) return found;
      const isRow = value === this.top && this.options.type !== undefined;
      throw this.fail(
        place,
        isRow
          ? `can't evaluate field ${name} in type ${this.options.type}`
          : `map has no entry for key ${JSON.stringify(name)}`,
      );
    }
    if (value === undefined && this.options.isDeclared) return undefined;
    if (value === null || value === undefined)
      throw this.fail(place, `nil pointer evaluating interface {}.${name}`);
    const type = this.options.isDeclared ? typeName(value) : 'interface {}';
    throw this.fail(place, `can't evaluate field ${name} in type ${type}`);
  }

  private declaredField(value: GoStruct, name: string, place: Place): unknown {
    if (value.fields.has(name)) return value.fields.get(name);
    const type = value === this.top ? this.options.type : undefined;
    throw this.fail(place, `can't evaluate field ${name} in type ${type ?? typeName(value)}`);
  }
}

type Method = TemplateFunction['call'];

interface FieldCall {
  given: Operand[];
  piped: unknown[];
}

/** Docker's structs call the field ID what its JSON calls Id: both work. */
function entryOf(map: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(map, name)) return map[name];
  return name === 'ID' && Object.hasOwn(map, 'Id') ? map['Id'] : undefined;
}

/** Sets the variable where it was declared. */
function assign(variables: Variables, name: string, value: unknown): void {
  let scope = variables;
  while (!Object.hasOwn(scope, name)) scope = Object.getPrototypeOf(scope) as Variables;
  scope[name] = value;
}
