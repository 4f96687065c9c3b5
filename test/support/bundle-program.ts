/** Loads a bundle and prints what it exports: `bundle-program.ts DIRECTORY CACHE-FOLDER BUILD [FIRST-FILE]`. */
import { createRequire } from 'node:module';
import { bundleLoader } from '../../src/ui/bundle.ts';

const [directory = '', folder = '', build = '', first] = process.argv.slice(2);
const cache = { folder, build, purpose: 'test' };
const load = bundleLoader(directory, createRequire(import.meta.url), cache, first);
const { greet } = load('./one.cjs') as { greet(name: string): string };
console.log(greet('you'));
process.exit(0);
