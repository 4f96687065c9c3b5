// Which modules of the program make a file of their own, so that a command reads and instantiates only what is near it.
//
// A part holds what its modules import statically; what two parts need, and the parts' own door, is in program.cjs; what nobody
// claims is in rest.cjs. A module of another part is asked for as "./FILE.cjs#MODULE" (src/ui/bundle.ts).
import { relative } from 'node:path';
import { build } from 'esbuild';

const PROGRAM = 'src/ui/cli/program.ts';

/** By the modules that commands load first; the program's are needed by nearly all of them. */
const PARTS = {
  program: [
    PROGRAM,
    'src/engine/index.ts',
    'src/ui/cli/run-verb.ts',
    'src/ui/cli/help-lists.ts',
    'src/ui/cli/verbs/ps.ts',
    'src/engine/containers/list.ts',
  ],
  build: ['src/ui/cli/verbs/build.ts', 'src/engine/build/build.ts', 'src/layerfs/index.ts'],
  run: [
    'src/ui/cli/verbs/run.ts',
    ...'attach create exited remove start wait'.split(' ').map((verb) => `src/engine/containers/${verb}.ts`),
  ],
};

/** Returns the files' names, each with the text of its entry and the plugin that leaves out the others' modules. */
export async function planParts(options) {
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
  return [...new Set(owners.values())].map((part) => ({
    part,
    contents: entryOf(
      part,
      [...doors].filter(([, owner]) => owner === part).map(([path]) => path),
    ),
    plugin: elsewhere(part, owners),
  }));
}

/** The file of each module. */
function ownersOf(imports) {
  const claims = new Map([...imports.keys()].map((path) => [path, []]));
  for (const [part, entries] of Object.entries(PARTS))
    for (const path of closure(imports, entries)) claims.get(path).push(part);
  return new Map(
    [...claims].map(([path, parts]) => {
      if (parts.length === 0) return [path, 'rest'];
      return [path, parts.length > 1 ? 'program' : parts[0]];
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
function entryOf(part, doors) {
  const table = doors.map((path) => `${JSON.stringify(path)}: () => require(${JSON.stringify(`./${path}`)})`);
  const own = part === 'program' ? `export { runProgram } from './${PROGRAM}';\n` : '';
  return `${own}export const modules = {\n${table.join(',\n')}\n};\n`;
}

function elsewhere(part, owners) {
  return {
    name: `parts-${part}`,
    setup(b) {
      const { absWorkingDir } = b.initialOptions;
      b.onResolve({ filter: /^\./ }, async ({ path, pluginData, resolveDir, kind, importer }) => {
        if (pluginData === part) return undefined;
        const found = await b.resolve(path, { resolveDir, kind, importer, pluginData: part });
        const module = relative(absWorkingDir, found.path);
        const owner = owners.get(module);
        if (owner === undefined || owner === part) return found;
        return { path: `./${owner}.cjs#${module}`, external: true };
      });
    },
  };
}
