import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { EngineError } from '../../../src/engine/errors.ts';
import { familiarMatch } from '../../../src/engine/oci/pattern.ts';
import {
  checkReference,
  familiarString,
  formatReference,
  parseAny,
  parseCanonical,
  parseReference,
  parseStrict,
  type Reference,
  repositoryOf,
  resolvedReference,
  withDigest,
  withTag,
} from '../../../src/engine/oci/reference.ts';

interface Case {
  fn: string;
  // biome-ignore lint/suspicious/noExplicitAny: rows differ by function
  input: any;
  // biome-ignore lint/suspicious/noExplicitAny: rows differ by function
  expected?: any;
  error?: string | true;
  valid?: true;
  digestOnly?: true;
}

const table = JSON.parse(
  readFileSync(new URL('../../data/image-reference.json', import.meta.url), 'utf8'),
) as {
  errors: Record<string, string>;
  cases: Case[];
};

/** Upstream prints any digest it is given; we take only whole ones (CVE-2024-3727), so these rows are run with whole ones. */
const SHORT = 'sha256:1234567890098765432112345667890098765';
const whole = (row: Case): Case =>
  JSON.parse(JSON.stringify(row).replaceAll(`${SHORT}"`, `${SHORT.padEnd(71, '0')}"`)) as Case;

const fields = (reference: Reference) => ({
  name: repositoryOf(reference),
  ...reference,
  full: formatReference(reference),
  familiar: familiarString(reference),
});

const FUNCTIONS: Record<string, (input: Case['input']) => unknown> = {
  Parse: (input) => {
    const parsed = parseStrict(input);
    expect(formatReference(parsed)).toBe(input);
    return fields(parsed);
  },
  WithName: (input) => {
    const parsed = parseStrict(input);
    if (parsed.tag !== undefined || parsed.digest !== undefined)
      throw new EngineError('INVALID_ARGUMENT', 'invalid reference format');
    return fields(parsed);
  },
  WithTag: ({ name, tag, digest }) =>
    formatReference(
      withTag(digest === undefined ? parseStrict(name) : withDigest(parseStrict(name), digest), tag),
    ),
  WithDigest: ({ name, digest, tag }) =>
    formatReference(
      withDigest(tag === undefined ? parseStrict(name) : withTag(parseStrict(name), tag), digest),
    ),
  ParseNamed: (input) => fields(parseCanonical(input)),
  ParseNormalizedNamed: (input) => fields(parseReference(input)),
  ParseAnyReference: (input) => {
    const parsed = parseAny(input);
    return 'imageDigest' in parsed ? parsed.imageDigest : formatReference(parsed.reference);
  },
  FamiliarMatch: ({ reference, pattern }) => familiarMatch(pattern, parseReference(reference)),
  ParseDockerRef: (input) => formatReference(resolvedReference(input)),
};

describe('image references, by the table of distribution', () => {
  it.each(table.cases.map((row) => [row.fn, JSON.stringify(row.input).slice(0, 100), whole(row)] as const))(
    '%s %s',
    (fn, _, row) => {
      const run = () => FUNCTIONS[fn]!(row.input);
      if (row.error !== undefined) {
        const message = row.error === true || fn === 'WithName' ? undefined : table.errors[row.error];
        expect(run).toThrow(EngineError);
        if (message !== undefined) expect(run).toThrow(message);
      } else if (row.valid) {
        expect(run).not.toThrow();
      } else if (typeof row.expected === 'object') {
        expect(run()).toMatchObject(row.expected);
      } else {
        expect(run()).toBe(row.expected);
      }
    },
  );
});

describe('a check of a reference', () => {
  const texts = [
    ...new Set(table.cases.flatMap(({ input }) => (typeof input === 'string' ? [input] : []))),
    ...[
      'a',
      'a.b/c',
      'a-b.c/d:x',
      'a_b.c/d',
      'a--b',
      'a/b/c:1.2-3',
      'localhost/a',
      'localhost:5000',
      'a:B',
      'a:-',
      'a..b',
      '-a',
      'a/',
      '',
    ],
    ...[63, 64, 65].map((length) => 'a'.repeat(length)),
  ];
  const refusal = (check: (text: string) => unknown, text: string) => {
    try {
      check(text);
      return undefined;
    } catch (error) {
      return (error as Error).message;
    }
  };

  it.each(texts)('refuses what reading it refuses: %s', (text) => {
    expect(refusal(checkReference, text)).toBe(refusal(parseReference, text));
  });
});

describe('patterns', () => {
  it('takes a hostile pattern without hanging', () => {
    const pattern = '*a'.repeat(200);
    expect(familiarMatch(pattern, parseReference('a'.repeat(60)))).toBe(false);
  });
});
