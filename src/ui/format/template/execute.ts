/** Runs a template tree over a value. Pure. */
import { FUNCTIONS, isTrue, printed } from './functions.ts';
import { type Node, type Operand, type Pipeline, parseTemplate, TemplateError } from './parse.ts';

export interface TemplateOptions {
  /** Go's name of the top value's type, for 'can't evaluate field X in type T'; without it the value is a map. */
  type?: string;
  /** Turns the top value into what `json` prints. */
  toJson?: (value: unknown) => string | undefined;
}

/** Maps whose keys are the users': a missing one is no error. */
const OPEN_MAPS = new Set([
  'Labels',
  'Options',
  'Ports',
  'Networks',
  'Volumes',
  'ExposedPorts',
  'Sysctls',
  'Tmpfs',
  'Data',
]);

type Variables = Record<string, unknown>;

/** Reads a template once, for many values. Throws TemplateError. */
export function compileTemplate(source: string, options: TemplateOptions = {}): (value: unknown) => string {
  const nodes = parseTemplate(source);
  checkFunctions(nodes);
  return (value) => new Run(options, value).nodes(nodes, value, { $: value });
}

function checkFunctions(nodes: readonly Node[]): void {
  const inPipeline = ({ commands }: Pipeline): void => {
    for (const operand of commands.flat()) {
      if (operand.kind === 'function' && !Object.hasOwn(FUNCTIONS, operand.name)) {
        throw new TemplateError(`template: :1: function ${JSON.stringify(operand.name)} not defined`);
      }
      if (operand.kind === 'group') inPipeline(operand.pipeline);
    }
  };
  for (const node of nodes) {
    if (node.kind === 'text') continue;
    inPipeline(node.pipeline);
    if (node.kind !== 'action') checkFunctions([...node.body, ...node.otherwise]);
  }
}

class Run {
  private readonly options: TemplateOptions;
  private readonly top: unknown;

  constructor(options: TemplateOptions, top: unknown) {
    this.options = options;
    this.top = top;
  }

  nodes(nodes: readonly Node[], dot: unknown, variables: Variables): string {
    return nodes.map((node) => this.node(node, dot, variables)).join('');
  }

  private node(node: Node, dot: unknown, variables: Variables): string {
    if (node.kind === 'text') return node.text;
    const value = this.pipeline(node.pipeline, dot, variables);
    if (node.kind === 'action') {
      const [name] = node.pipeline.declares;
      if (name === undefined) return printed(value);
      variables[name] = value;
      return '';
    }
    const scope = Object.create(variables) as Variables;
    if (node.kind === 'range') return this.range(node, value, dot, scope);
    const [name] = node.pipeline.declares;
    if (name !== undefined) scope[name] = value;
    if (!isTrue(value)) return this.nodes(node.otherwise, dot, scope);
    return this.nodes(node.body, node.kind === 'with' ? value : dot, scope);
  }

  private range(
    node: Extract<Node, { body: Node[] }>,
    value: unknown,
    dot: unknown,
    scope: Variables,
  ): string {
    const items = itemsOf(value);
    if (items.length === 0) return this.nodes(node.otherwise, dot, scope);
    const { declares } = node.pipeline;
    return items
      .map(([key, item]) => {
        if (declares.length > 1) scope[declares[0]!] = key;
        if (declares.length > 0) scope[declares.at(-1)!] = item;
        return this.nodes(node.body, item, scope);
      })
      .join('');
  }

  private pipeline({ commands }: Pipeline, dot: unknown, variables: Variables): unknown {
    let value: unknown;
    commands.forEach((command, i) => {
      value = this.command(command, dot, variables, i === 0 ? [] : [value]);
    });
    return value;
  }

  private command([head, ...rest]: Operand[], dot: unknown, variables: Variables, piped: unknown[]): unknown {
    const args = [...rest.map((operand) => this.operand(operand, dot, variables, [])), ...piped];
    if (head!.kind === 'function') return this.call(head!.name, args);
    return this.operand(head!, dot, variables, args);
  }

  private call(name: string, args: unknown[]): unknown {
    if (name === 'json' && args[0] === this.top) {
      const text = this.options.toJson?.(args[0]);
      if (text !== undefined) return text;
    }
    return FUNCTIONS[name]!(...args);
  }

  private operand(operand: Operand, dot: unknown, variables: Variables, args: unknown[]): unknown {
    switch (operand.kind) {
      case 'value':
        return operand.value;
      case 'function':
        return this.call(operand.name, args);
      case 'field':
        return this.path(dot, operand, args);
      case 'group':
        return this.path(this.pipeline(operand.pipeline, dot, variables), operand, args);
      case 'variable':
        if (!(operand.name in variables))
          throw new TemplateError(`template: :1: undefined variable ${JSON.stringify(operand.name)}`);
        return this.path(variables[operand.name], operand, args);
    }
  }

  /** Follows fields; a function at the end is called with the arguments. */
  private path(
    from: unknown,
    { path, at, source }: { path: string[]; at: number; source: string },
    args: unknown[],
  ): unknown {
    let value = from;
    for (const [i, name] of path.entries()) {
      const where = `template: :1:${at}: executing "" at <${source}>: `;
      if (typeof value !== 'object' || value === null) {
        if (value === null || value === undefined)
          throw new TemplateError(`${where}nil data; no entry for key ${JSON.stringify(name)}`);
        throw new TemplateError(`${where}can't evaluate field ${name} in type ${typeof value}`);
      }
      const found = entryOf(value as Record<string, unknown>, name);
      if (found === undefined && !(i > 0 && OPEN_MAPS.has(path[i - 1]!))) {
        const isTyped = value === this.top && this.options.type !== undefined;
        throw new TemplateError(
          where +
            (isTyped
              ? `can't evaluate field ${name} in type ${this.options.type}`
              : `map has no entry for key ${JSON.stringify(name)}`),
        );
      }
      value = typeof found === 'function' ? (found as (...args: unknown[]) => unknown)(...args) : found;
    }
    return value;
  }
}

/** Docker's structs call the field ID what its JSON calls Id: both work. */
function entryOf(map: Record<string, unknown>, name: string): unknown {
  if (Object.hasOwn(map, name)) return map[name];
  return name === 'ID' && Object.hasOwn(map, 'Id') ? map['Id'] : undefined;
}

function itemsOf(value: unknown): [unknown, unknown][] {
  if (Array.isArray(value)) return value.map((item, i) => [i, item]);
  if (typeof value === 'number') return Array.from({ length: value }, (_, i) => [i, i]);
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
}
