import { describe, it } from 'vitest';
import { type InstructionNode, parseDockerfile } from '../../src/engine/build/dockerfile/parse.ts';
import { expandWord, expandWords } from '../../src/engine/build/dockerfile/words.ts';
import { compileIgnore, readIgnoreFile } from '../../src/engine/build/ignore.ts';
import { formatPlatform, parsePlatform } from '../../src/engine/oci/platform.ts';
import { resolveUser } from '../../src/engine/runtime/user.ts';
import { checkEdge, type Edge, edgeEnvironment, edges } from '../support/grammar-edges.ts';

const variables = new Map(
  edgeEnvironment.map((entry) => {
    const equals = entry.indexOf('=');
    return [entry.slice(0, equals), entry.slice(equals + 1)] as const;
  }),
);

function expand({ fn, input, escape = '\\' }: Edge): unknown {
  const context = { get: (name: string) => variables.get(name), escape };
  return fn === 'word' ? expandWord(input, context) : expandWords(input, context);
}

const tree = ({ name, flags, args, startLine, endLine, heredocs }: InstructionNode) => ({
  name,
  ...(flags.length > 0 && { flags }),
  args,
  lines: [startLine, endLine],
  ...(heredocs.length > 0 && { heredocs }),
});

describe('what Docker makes of odd input', () => {
  it.each(edges('words'))('expansion: %s', (_, edge) => checkEdge(() => expand(edge), edge));

  it.each(edges('dockerfile'))('Dockerfile: %s', (_, edge) =>
    checkEdge(() => parseDockerfile(edge.input).nodes.map(tree), edge),
  );

  it.each(edges('dockerignore'))('.dockerignore: %s', (_, edge) => {
    const { fn, input } = edge;
    checkEdge(
      () => (fn === 'readFile' ? readIgnoreFile(input) : compileIgnore(input.Patterns).isIgnored(input.Path)),
      edge,
    );
  });

  it.each(edges('users'))('users: %s', (_, edge) => {
    const { Spec, Passwd, Group } = edge.input;
    checkEdge(() => resolveUser(Spec, { passwd: Passwd, group: Group }), edge);
  });

  it.each(edges('platforms'))('platforms: %s', (_, edge) => {
    const host = { os: 'linux', architecture: 'amd64' };
    checkEdge(() => formatPlatform(parsePlatform(edge.input, host)), edge);
  });
});
