// Builds dist/: one ESM bundle with lazily loaded chunks. `node scripts/build.mjs [--watch]`
import { readdir, readFile, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { build, context } from 'esbuild';

const require = createRequire(import.meta.url);
const { version } = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));

/** Ink's loader of Yoga fetches a data: URL (loads undici, top-level await, 20 ms); compile the WebAssembly directly. */
const yogaSync = {
  name: 'yoga-sync',
  setup(b) {
    b.onLoad({ filter: /yoga-layout[/\\]dist[/\\]src[/\\]index\.js$/ }, async (args) => {
      const binary = await readFile(join(dirname(args.path), '../binaries/yoga-wasm-base64-esm.js'), 'utf8');
      const base64 = binary.match(/data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/)?.[1];
      if (base64 === undefined) throw new Error('yoga-layout: its embedded WebAssembly was not found');
      return {
        resolveDir: dirname(args.path),
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
    b.onLoad({ filter: /yoga-wasm-base64-esm\.js$/ }, async (args) => ({
      contents: (await readFile(args.path, 'utf8')).replace(
        /data:application\/octet-stream;base64,[A-Za-z0-9+/=]+/,
        'data:,',
      ),
    }));
  },
};

/** Ink's text measure compiles a pattern of all emoji (27 ms): the screen's own table of widths does. */
const ownWidths = {
  name: 'own-widths',
  setup(b) {
    b.onResolve({ filter: /^string-width$/ }, () => ({ path: 'string-width', namespace: 'own-widths' }));
    b.onLoad({ filter: /.*/, namespace: 'own-widths' }, () => ({
      resolveDir: options.absWorkingDir,
      contents: `
        import { textWidth } from './src/ui/screen/painter/width.ts';
        const ESCAPE = /\\x1b(?:\\[[ -?]*[@-~]|\\][^\\x07\\x1b]*(?:\\x07|\\x1b\\\\)?)/g;
        export default (text) => textWidth(text.includes('\\x1b') ? text.replace(ESCAPE, '') : text);`,
    }));
  },
};

/** React's developer tools are not part of the program; Ink asks for them only with DEV=true. */
const noDevtools = {
  name: 'no-devtools',
  setup(b) {
    b.onResolve(
      { filter: /^react-devtools-core$|ink[/\\]build[/\\]devtools\.js$|\.\/devtools\.js$/ },
      () => ({ path: 'none', namespace: 'empty' }),
    );
    b.onLoad({ filter: /.*/, namespace: 'empty' }, () => ({ contents: 'export default {};' }));
  },
};

const options = {
  entryPoints: { main: 'src/ui/main.ts', engine: 'src/engine/index.ts' },
  outdir: 'dist',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minifySyntax: true,
  minifyWhitespace: true,
  legalComments: 'none',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"', BOXTOP_VERSION: JSON.stringify(version) },
  // native add-ons, and packages that load their parts by computed names
  external: ['node-pty', 'node-unix-socket', 'blessed', 'blessed-contrib'],
  banner: { js: "import{createRequire as $cr}from'node:module';const require=$cr(import.meta.url);" },
  chunkNames: 'chunks/[name]-[hash]',
  plugins: [yogaSync, noDevtools, ownWidths],
  absWorkingDir: join(dirname(require.resolve('../package.json'))),
  logLevel: 'warning',
};

/** Chunks of earlier builds stay for a day: programs started from them may still load one. */
async function removeOldChunks(current) {
  const folder = join(options.absWorkingDir, 'dist/chunks');
  for (const name of await readdir(folder)) {
    const file = join(folder, name);
    if (!current.has(name) && Date.now() - (await stat(file)).mtimeMs > 86_400_000) await rm(file);
  }
}

if (process.argv.includes('--watch')) {
  await (await context({ ...options, logLevel: 'info' })).watch();
} else {
  const { metafile } = await build({ ...options, metafile: true });
  await removeOldChunks(new Set(Object.keys(metafile.outputs).map((path) => basename(path))));
}
