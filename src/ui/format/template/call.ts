/** Evaluates the arguments of a template's function and calls it; checks number and types as Go does. Pure. */
import type { ParameterType, TemplateFunction } from './functions.ts';
import { TemplateError } from './lexer.ts';
import type { Operand, Place } from './parse-pipeline.ts';
import { formatted, texts } from './print.ts';
import { isTrue, typeName } from './values.ts';

/** What evaluates operands and words errors. */
export interface Evaluator<Scope = never> {
  operand(operand: Operand, scope: Scope): unknown;
  fail(place: Place, message: string): Error;
}

interface Call {
  /** whole, for errors of the function itself */
  command: Place;
  /** its name, for wrong numbers of arguments */
  head: Place;
  given: readonly Operand[];
  /** from the command before */
  piped: readonly unknown[];
}

export function evaluateCall<Scope>(
  run: Evaluator<Scope>,
  called: TemplateFunction & { name: string },
  call: Call,
  scope: Scope,
): unknown {
  const { name, parameters, rest } = called;
  const count = call.given.length + call.piped.length;
  const isWrong = rest === undefined ? count !== parameters.length : count < parameters.length;
  if (isWrong) {
    const want = rest === undefined ? `${parameters.length}` : `at least ${parameters.length}`;
    throw run.fail(call.head, `wrong number of args for ${name}: want ${want} got ${count}`);
  }
  const args: unknown[] = [];
  for (const [i, operand] of call.given.entries()) {
    const value = run.operand(operand, scope);
    checkType(run, operand, value, parameters[i] ?? rest!);
    args.push(value);
    if (isDecided(name, value)) return value;
  }
  for (const value of call.piped) {
    checkType(run, call.command, value, parameters[args.length] ?? rest!);
    args.push(value);
  }
  try {
    return called.call(...(args as never[]));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw run.fail(call.command, `error calling ${name}: ${error.message}`);
  }
}

/** `and` and `or` look no further. */
const isDecided = (name: string, value: unknown): boolean =>
  (name === 'and' && !isTrue(value)) || (name === 'or' && isTrue(value));

const LITERALS: Readonly<Record<ParameterType, string>> = {
  string: 'string',
  int: 'integer',
  '[]string': '[]string',
  any: 'any',
};

function checkType<Scope>(
  run: Evaluator<Scope>,
  place: Place & Partial<Operand>,
  value: unknown,
  type: ParameterType,
): void {
  if (fits(value, type)) return;
  if (place.kind === 'value') throw run.fail(place, `expected ${LITERALS[type]}; found ${place.source}`);
  if (place.kind === 'nil') throw run.fail(place, `cannot assign nil to ${type}`);
  if (value === null || value === undefined) throw run.fail(place, `invalid value; expected ${type}`);
  throw run.fail(place, `wrong type for value; expected ${type}; got ${typeName(value)}`);
}

function fits(value: unknown, type: ParameterType): boolean {
  if (type === 'any') return true;
  if (type === '[]string') return texts(value) !== undefined || formatted(value) === '[]';
  return type === 'string' ? typeof value === 'string' : Number.isInteger(value);
}
