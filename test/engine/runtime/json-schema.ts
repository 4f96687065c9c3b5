/** A validator of the part of JSON Schema (draft-04) that the OCI schemas use; returns what is wrong, by path. */
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

interface Schema {
  $ref?: string;
  type?: string | string[];
  properties?: Record<string, Schema>;
  patternProperties?: Record<string, Schema>;
  required?: string[];
  items?: Schema;
  enum?: unknown[];
  pattern?: string;
  minimum?: number;
  maximum?: number;
  minItems?: number;
  allOf?: Schema[];
  anyOf?: Schema[];
  oneOf?: Schema[];
}

type Json = Record<string, unknown>;

/** Validates `value` against the schema file. Members that the schema doesn't name are errors too: a typing mistake must show. */
export function validateFile(value: unknown, file: string): string[] {
  return validate(value, JSON.parse(readFileSync(file, 'utf8')) as Schema, { file, path: '' });
}

interface Place {
  file: string;
  path: string;
}

function validate(value: unknown, schema: Schema, at: Place): string[] {
  if (schema.$ref !== undefined) {
    const [name, pointer = ''] = schema.$ref.split('#');
    const file = name === '' ? at.file : join(dirname(at.file), name!);
    const target = pointer
      .split('/')
      .filter(Boolean)
      .reduce<unknown>((node, key) => (node as Json)[key], JSON.parse(readFileSync(file, 'utf8')));
    return validate(value, target as Schema, { file, path: at.path });
  }
  const wrong: string[] = [];
  const say = (what: string) => wrong.push(`${at.path || '/'}: ${what}`);
  if (schema.type !== undefined && ![schema.type].flat().some((type) => isType(value, type)))
    say(`is no ${schema.type}`);
  if (schema.enum !== undefined && !schema.enum.includes(value))
    say(`${JSON.stringify(value)} is none of ${schema.enum}`);
  if (typeof value === 'string' && schema.pattern !== undefined && !new RegExp(schema.pattern).test(value))
    say(`does not match ${schema.pattern}`);
  if (typeof value === 'number' && (value < (schema.minimum ?? value) || value > (schema.maximum ?? value)))
    say('out of range');
  for (const each of schema.allOf ?? []) wrong.push(...validate(value, each, at));
  for (const choice of [schema.anyOf, schema.oneOf]) {
    if (choice?.every((each) => validate(value, each, at).length > 0)) say('fits no alternative');
  }
  if (Array.isArray(value)) {
    if (value.length < (schema.minItems ?? 0)) say('too few items');
    for (const [i, item] of value.entries())
      wrong.push(...validate(item, schema.items ?? {}, { ...at, path: `${at.path}/${i}` }));
  } else if (typeof value === 'object' && value !== null) {
    wrong.push(...validateMembers(value as Json, schema, at));
  }
  return wrong;
}

function validateMembers(value: Json, schema: Schema, at: Place): string[] {
  const missing = (schema.required ?? [])
    .filter((name) => value[name] === undefined)
    .map((name) => `${at.path}: ${name} is missing`);
  const wrong = missing;
  for (const [name, member] of Object.entries(value)) {
    const inner = { ...at, path: `${at.path}/${name}` };
    const pattern = Object.entries(schema.patternProperties ?? {}).find(([regex]) =>
      new RegExp(regex).test(name),
    )?.[1];
    const known = schema.properties?.[name] ?? pattern;
    if (known !== undefined) wrong.push(...validate(member, known, inner));
    else if (schema.properties !== undefined) wrong.push(`${inner.path}: not in the schema`);
  }
  return wrong;
}

function isType(value: unknown, type: string): boolean {
  if (type === 'array') return Array.isArray(value);
  if (type === 'integer') return Number.isInteger(value);
  if (type === 'null') return value === null;
  if (type === 'object') return typeof value === 'object' && value !== null && !Array.isArray(value);
  return typeof value === type;
}
