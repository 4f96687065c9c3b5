// Builds dist/. `node scripts/build.mjs`
//
// A few CommonJS files a program: dynamic imports stay lazy inside of them (a module runs when it is first asked for), and the compiled
// code of each is one file; many small chunks cost a file look-up each. main.cjs only finds that file and loads program.cjs
// (src/ui/bundle.ts); what most commands don't need lies in other files (scripts/parts.mjs).
import { createHash } from 'node:crypto';
import { chmod, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';
import { FIRST_FILES, planChunks } from './parts.mjs';

const root = join(dirname(fileURLToPath(import.meta.url)), '..');
const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'));

/** Ink's loader of Yoga fetches a data: URL (loads undici, top-level await, 20 ms); compile the WebAssembly directly. */
const yogaSync = {
  name: 'yoga-sync',
  setup(b) {
    b.onLoad({ filter: /yoga-layout[/\\]dist[/\\]src[/\\]index\.js$/ }, async ({ path }) => {
      const binary = await readFile(join(dirname(path), '../binaries/yoga-wasm-base64-esm.js'), 'utf8');
      const base64 = binary.match(/data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/)?.[1];
      if (base64 === undefined) throw new Error('yoga-layout: its embedded WebAssembly was not found');
      return {
        resolveDir: dirname(path),
        contents: `
          import loadYoga from '../binaries/yoga-wasm-base64-esm.js';
          import wrapAssembly from './wrapAssembly.js';
          export * from './generated/YGEnums.js';
          const M = { instantiateWasm(imports, done) {
            done(new WebAssembly.Instance(new WebAssembly.Module(Buffer.from('${base64}', 'base64')), imports));
            return {};
          } };
          loadYoga(M);
          export default wrapAssembly(M);`,
      };
    });
    // The loader's own copy of the binary is not used any more.
    b.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8')).replace(
        /data:application\/octet-stream;base64,[A-Za-z0-9+/=]+/,
        'data:,',
      ),
    }));
  },
};

/** React's developer tools are not part of the program; Ink awaits them at its top level with DEV=true. */
const noDevtools = {
  name: 'no-devtools',
  setup(b) {
    b.onLoad({ filter: /ink[/\\]build[/\\]reconciler\.js$/ }, async ({ path }) => ({
      contents: (await readFile(path, 'utf8'))
        .replace("await import('./devtools.js');", '')
        .replace('await loadPackageJson()', 'undefined'),
    }));
  },
};

/** Ink's measure of texts compiles a pattern of all emoji (27 ms); the screen's own table of widths does. */
const ownWidths = {
  name: 'own-widths',
  setup(b) {
    b.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'own-widths' }));
    b.onLoad({ filter: /.*/, namespace: 'own-widths' }, () => ({
      resolveDir: root,
      contents: String.raw`
        import { textWidth } from './src/ui/format/cell-width.ts';
        const ESCAPE = /\x1b(?:\[[ -?]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)/g;
        export default (text) => textWidth(text.includes('\x1b') ? text.replace(ESCAPE, '') : text);`,
    }));
  },
};

/** Imports of `source` load the bundle `file` from beside. */
const beside = (source, file) => ({
  name: `beside-${file}`,
  setup(b) {
    b.onResolve({ filter: source }, () => ({ path: file, external: true }));
  },
});
/** Large and seldom needed by commands. */
const xtermBeside = beside(/^@xterm\/headless$/, './xterm.cjs');
const chokidarBeside = beside(/^chokidar$/, './chokidar.cjs');
/** Commands need neither React nor Ink. */
const screenBeside = beside(/\/screen\/main\.ts$/, './screen.cjs');

const shared = {
  bundle: true,
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  minifyIdentifiers: true,
  legalComments: 'none',
  jsx: 'automatic',
  // native add-ons, and packages that load their parts by computed names
  external: ['node-pty', 'node-unix-socket', 'blessed', 'blessed-contrib'],
  absWorkingDir: root,
  logLevel: 'warning',
};
const define = { 'process.env.NODE_ENV': '"production"', BOXTOP_VERSION: JSON.stringify(version) };
const cjs = {
  ...shared,
  format: 'cjs',
  outExtension: { '.js': '.cjs' },
  define: { ...define, 'import.meta.url': '__bundle.url', 'import.meta.dirname': '__dirname' },
  // import() of a bundle beside is require(): Node would read it a second time to find its exports
  supported: { 'dynamic-import': false },
  banner: {
    js: "const __bundle={get url(){return require('node:url').pathToFileURL(__filename).href}};const __late=(name)=>new Proxy({},{get:(_,key)=>require(name)[key]});",
  },
  write: false,
};

/** Parts of Node that cost 2 to 11 ms to load: first touched, then loaded. Most commands need none of them. */
const LATE =
  /(then\(\(\)=>[\w$]+\()?\brequire\("(node:(?:child_process|crypto|dns|dns\/promises|fs\/promises|http|https|net|os|readline|stream|stream\/promises|string_decoder|timers\/promises|tty|zlib))"\)/g;

/** An import() is late already, and needs the module itself: esbuild copies its names. */
const late = (whole, dynamic, name) => (dynamic === undefined ? `__late("${name}")` : whole);

/** esbuild leaves letters in patterns as they are; with a single one Node decodes a bundle to a string twice as large. */
const escaped = (letter) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, '0')}`;

/**
 * esbuild copies what it hands out to CommonJS and takes from it, as either could be anything: between parts both are its own
 * namespaces, as good as copies, which cost a command 1 ms.
 */
const COPIES = [
  [/([\w$]+)=([\w$]+)=>[\w$]+\([\w$]+\(\{\},"__esModule",\{value:!0\}\),\2\)/g, '$1=$2=>$2'],
  [/\b[\w$]+\((require\("\.\/[\w-]+\.cjs#[^"]+"\))\)/g, '$1'],
];
const withoutCopies = (text) => COPIES.reduce((result, [copy, itself]) => result.replace(copy, itself), text);

/**
 * esbuild makes all namespaces at the start, each name a getter, which costs V8 a hidden class. Ours are made when they are asked for, of
 * plain values: no module of the program is in a cycle or changes what it exports.
 */
function withoutGetters(text) {
  const [, define] =
    /([\w$]+)=\((\w),(\w)\)=>\{for\(var (\w) in \3\)[\w$]+\(\2,\4,\{get:\3\[\4\],enumerable:!0\}\)\}/.exec(
      text,
    ) ?? [];
  if (define === undefined) return text;
  const name = (word) => `(?<![\\w$])${word.replaceAll('$', '\\$')}(?![\\w$])`;
  const made = new RegExp(
    `var ([\\w$]+)=\\{\\};${name(define)}\\(\\1,\\{((?:[\\w$]+:\\(\\)=>[\\w$]+,?)+)\\}\\);`,
    'g',
  );
  return [...text.matchAll(made)].reduce((result, [all, namespace, getters]) => {
    const uses = new RegExp(
      `(\\([\\w$]+\\(\\),)(?:${name(namespace)}|[\\w$]+\\(${name(namespace)}\\))\\)`,
      'g',
    );
    const literal = `{${getters.replaceAll('()=>', '')}}`;
    const edited = result.replace(all, () => '').replace(uses, (_, init) => `${init}${literal})`);
    return new RegExp(name(namespace)).test(edited) ? result : edited;
  }, text);
}

/** What src/ui/bundle.ts calls, by name: put together here, the text needs not be copied at every start. */
const asTable = (text, name) => `({${asMember(text, name)}})`;
const asMember = (text, name) =>
  `${JSON.stringify(`./${name}`)}:(function(exports,require,module,__filename,__dirname){${text}\n})`;

/** Returns the bundles' texts; `edit` is done last. */
async function bundle(entry, plugins, { define = {}, edit = asTable } = {}) {
  const { outputFiles } = await build({
    ...cjs,
    define: { ...cjs.define, ...define },
    outdir: aside,
    ...entry,
    plugins,
  });
  const texts = outputFiles.map(({ path, text }) =>
    edit(text.replace(LATE, late).replace(/[\x80-\uffff]/g, escaped), basename(path)),
  );
  await Promise.all(outputFiles.map(({ path }, index) => writeFile(path, texts[index])));
  return texts.join('');
}

/** The program's chunks, and the files that have all that a command begins with. */
async function bundleProgram() {
  const plugins = [screenBeside, xtermBeside, chokidarBeside];
  const chunks = await planChunks({ ...cjs, outdir: aside, plugins });
  const members = new Map();
  const edit = (text, name) => {
    const own = withoutGetters(withoutCopies(text));
    members.set(name, asMember(own, name));
    return asTable(own, name);
  };
  const texts = chunks.map(({ chunk, contents, plugin }) =>
    bundle({ stdin: { contents, resolveDir: root }, entryNames: chunk }, [...plugins, plugin], { edit }),
  );
  const files = await Promise.all(texts);
  for (const [file, holds] of Object.entries(FIRST_FILES)) {
    const names = chunks.map(({ chunk }) => chunk).filter(holds);
    const text = `({${names
      .sort()
      .map((name) => members.get(`${name}.cjs`))
      .join(',')}})`;
    await writeFile(join(aside, `${file}.cjs`), text);
    files.push(text);
  }
  return files.join('');
}

/** Written aside, then moved: a program that starts meanwhile finds the old or the new build, whole. */
const aside = await mkdtemp(join(root, '.dist-'));
const old = `${aside}-old`;
try {
  const [, ...texts] = await Promise.all([
    build({
      ...shared,
      define,
      format: 'esm',
      outdir: aside,
      entryPoints: { engine: 'src/engine/index.ts' },
    }),
    bundleProgram(),
    bundle({ entryPoints: { screen: 'src/ui/screen/main.ts' } }, [yogaSync, noDevtools, ownWidths]),
    bundle({ entryPoints: { xterm: '@xterm/headless', chokidar: 'chokidar' } }, []),
  ]);
  const digest = createHash('sha256').update(texts.join('')).digest('hex').slice(0, 16);
  await bundle({ entryPoints: { main: 'src/ui/main.ts' } }, [], {
    define: { BOXTOP_BUILD: JSON.stringify(digest) },
    edit: (text) => text, // Node's to load
  });
  await chmod(aside, 0o755);
  // two renames: only for a moment there is no dist
  await rename(join(root, 'dist'), old).catch(() => {});
  await rename(aside, join(root, 'dist'));
} finally {
  for (const folder of [aside, old]) await rm(folder, { recursive: true, force: true });
}
