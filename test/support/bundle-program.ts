/** Loads a bundle and prints what it exports: `bundle-program.ts DIRECTORY CACHE-FOLDER BUILD`. */
import { createRequire } from 'node:module';
import { bundleLoader } from '../../src/ui/bundle.ts';

const [directory = '', folder = '', build = ''] = process.argv.slice(2);
const load = bundleLoader(directory, createRequire(import.meta.url), { folder, build, purpose: 'test' });
const { greet } = load('./one.cjs') as { greet(name: string): string };
console.log(greet('you'));
process.exit(0);
