import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { type InstructionNode, parseDockerfile } from '../../../src/engine/build/dockerfile/parse.ts';

interface Case {
  name: string;
  dockerfile: string;
  result?: string;
  error?: true;
  lines?: { first: number; last: number; instructions: [number, number][] };
}

const { cases } = JSON.parse(
  readFileSync(new URL('../../data/dockerfile-parser.json', import.meta.url), 'utf8'),
) as {
  cases: Case[];
};

/** The dump format of the table: Go's %q quoting. */
function quote(text: string): string {
  const named: Record<string, string> = {
    '"': '\\"',
    '\\': '\\\\',
    '\x07': '\\a',
    '\b': '\\b',
    '\f': '\\f',
    '\n': '\\n',
    '\r': '\\r',
    '\t': '\\t',
    '\v': '\\v',
  };
  const body = [...text].map((char) => {
    if (named[char] !== undefined) return named[char];
    return char < ' ' || char === '\x7f' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : char;
  });
  return `"${body.join('')}"`;
}

function dump({ name, flags, args, inner }: InstructionNode): string {
  const parts = [name];
  if (flags.length > 0) parts.push(`[${flags.map(quote).join(' ')}]`);
  if (inner !== undefined) parts.push(dump(inner));
  return `(${[...parts, ...args.map(quote)].join(' ')})`;
}

describe('the Dockerfile parser', () => {
  it.each(cases.filter((one) => one.result !== undefined))('reads $name', ({ dockerfile, result }) => {
    expect(`${parseDockerfile(dockerfile).nodes.map(dump).join('\n')}\n`).toBe(result);
  });

  it.each(cases.filter((one) => one.error))('refuses $name', ({ dockerfile }) => {
    expect(() => parseDockerfile(dockerfile)).toThrow();
  });

  it.each(cases.filter((one) => one.lines !== undefined))(
    'knows the lines of $name',
    ({ dockerfile, lines }) => {
      const { nodes } = parseDockerfile(dockerfile);
      expect(nodes.map(({ startLine, endLine }) => [startLine, endLine])).toEqual(lines!.instructions);
      expect([nodes[0]!.startLine, nodes.at(-1)!.endLine]).toEqual([lines!.first, lines!.last]);
    },
  );

  it('collects heredocs with their content, chomped when asked', () => {
    const { nodes } = parseDockerfile(
      'FROM x\nRUN <<A <<-"B"\none\nA\n\ttwo\n\tB\nCOPY <<f /x\n$y\nf\nRUN echo\n',
    );
    expect(nodes[1]!.heredocs).toMatchObject([
      { name: 'A', content: 'one\n', expand: true, chomp: false },
      { name: 'B', content: 'two\n', expand: false, chomp: true },
    ]);
    expect(nodes[2]).toMatchObject({ startLine: 7, endLine: 9, heredocs: [{ content: '$y\n' }] });
    expect(nodes[3]!.args).toEqual(['echo']);
  });

  it('names the line of an unterminated heredoc, a second escape directive and of binary input', () => {
    const rangeOf = (text: string) => {
      try {
        parseDockerfile(text);
      } catch (error) {
        return (error as { range: { startLine: number } }).range.startLine;
      }
      return undefined;
    };
    expect(rangeOf('FROM x\nRUN <<EOF\nx\n')).toBe(2);
    expect(rangeOf('# escape=`\n# escape=\\\nFROM x\n')).toBe(2);
    expect(rangeOf('\x7fELF\0\0')).toBe(1);
  });

  it('takes quotes off flags and stops at --', () => {
    const [node] = parseDockerfile('COPY --chown="a b":c --from=x -- --odd /\n').nodes;
    expect(node).toMatchObject({ flags: ['--chown=a b:c', '--from=x'], args: ['--odd', '/'] });
  });
});
