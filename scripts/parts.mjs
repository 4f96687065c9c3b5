// Which modules of the program make a file of their own, so that a command reads and instantiates only what is near it.
//
// A part is what some commands begin with. Modules that the same parts import statically make a chunk: what the program itself needs is
// in "program", what two parts need in "ps-run" and the like, what nobody claims in "rest". A chunk is a file; besides, what a part
// needs in all is one file, which its commands read instead of many. A module of another chunk is asked for as "./CHUNK.cjs#MODULE"
// (src/ui/bundle.ts).
import { relative } from 'node:path';
import { build } from 'esbuild';

const PROGRAM = 'src/ui/cli/program.ts';

/** By the modules that are loaded first; the program's are needed by all commands. */
const PARTS = {
  program: [PROGRAM, 'src/engine/index.ts', 'src/ui/cli/run-verb.ts'],
  ps: ['src/ui/cli/verbs/ps.ts', 'src/engine/containers/list.ts'],
  build: [
    ...['verbs/build', 'build/plain', 'build/tree'].map((name) => `src/ui/cli/${name}.ts`),
    ...['engine/build/build', 'layerfs/index'].map((name) => `src/${name}.ts`),
  ],
  // a build that changes something
  builder: ['src/engine/build/run-build.ts'],
  run: [
    'src/ui/cli/verbs/run.ts',
    ...'attach create exited remove start wait'.split(' ').map((verb) => `src/engine/containers/${verb}.ts`),
    ...'networks/files networks/setup runtime/seccomp-default'
      .split(' ')
      .map((name) => `src/engine/${name}.ts`),
    ...'index directory/areas'.split(' ').map((name) => `src/layerfs/${name}.ts`),
    ...'cli/client-config cli/detach-keys terminal/relay'.split(' ').map((name) => `src/ui/${name}.ts`),
  ],
  // what is done often and needs little else
  other: [
    ...'exec images inspect kill logs rm stop'.split(' ').map((verb) => `src/ui/cli/verbs/${verb}.ts`),
    ...'exec/exec inspect/inspect logs/raw-logs stop'
      .split(' ')
      .map((name) => `src/engine/containers/${name}.ts`),
    ...'inspect list'.split(' ').map((name) => `src/engine/images/${name}.ts`),
  ],
};

/** Parts that commands read whole, as for-PART.cjs (src/ui/main.ts). */
const READ_WHOLE = ['ps', 'build', 'run'];

/** Returns the chunks' names, each with the text of its entry and the plugin that leaves out the others' modules. */
export async function planChunks(options) {
  const { metafile } = await build({ ...options, entryPoints: [PROGRAM], metafile: true });
  const imports = new Map(
    Object.entries(metafile.inputs).map(([path, input]) => [
      path,
      input.imports.filter((one) => !one.external),
    ]),
  );
  const owners = ownersOf(imports);
  const doors = new Map();
  for (const [path, targets] of imports)
    for (const { path: target } of targets)
      if (owners.get(path) !== owners.get(target)) doors.set(target, owners.get(target));
  return [...new Set(owners.values())].map((chunk) => ({
    chunk,
    contents: entryOf(
      chunk,
      [...doors].filter(([, owner]) => owner === chunk).map(([path]) => path),
    ),
    plugin: elsewhere(chunk, owners),
  }));
}

/** The files that commands begin with, each with a test of what chunks it holds: what most need is in that of the others. */
export const FIRST_FILES = {
  ...Object.fromEntries(
    READ_WHOLE.map((part) => [
      `for-${part}`,
      (chunk) => chunk === 'program' || chunk.split('-').includes(part),
    ]),
  ),
  'for-other': (chunk) => chunk === 'program' || chunk === 'other' || chunk.includes('-'),
};

/** The chunk of each module. */
function ownersOf(imports) {
  const claims = new Map([...imports.keys()].map((path) => [path, []]));
  for (const [part, entries] of Object.entries(PARTS))
    for (const path of closure(imports, entries)) claims.get(path).push(part);
  return new Map(
    [...claims].map(([path, parts]) => {
      if (parts.length === 0) return [path, 'rest'];
      return [path, parts.includes('program') ? 'program' : parts.join('-')];
    }),
  );
}

function closure(imports, entries) {
  const found = new Set(entries);
  for (const path of found) {
    if (!imports.has(path)) throw new Error(`${path} is no module of the program: see scripts/parts.mjs`);
    for (const { path: target, kind } of imports.get(path)) if (kind !== 'dynamic-import') found.add(target);
  }
  return found;
}

/** Each door is opened when it is first asked for. */
function entryOf(chunk, doors) {
  const table = doors.map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(`./${path}`)})`);
  const own = chunk === 'program' ? `export { runProgram } from './${PROGRAM}';\n` : '';
  return `${own}export const modules = {\n${table.join(',\n')}\n};\n`;
}

function elsewhere(chunk, owners) {
  return {
    name: `chunk-${chunk}`,
    setup(b) {
      const { absWorkingDir } = b.initialOptions;
      b.onResolve({ filter: /^\./ }, async ({ path, pluginData, resolveDir, kind, importer }) => {
        if (pluginData === chunk) return undefined;
        const found = await b.resolve(path, { resolveDir, kind, importer, pluginData: chunk });
        const module = relative(absWorkingDir, found.path);
        const owner = owners.get(module);
        if (owner === undefined || owner === chunk) return found;
        return { path: `./${owner}.cjs#${module}`, external: true };
      });
    },
  };
}
