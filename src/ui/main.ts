/** The program: reads the global flags, then runs one verb or opens the screen. The only composition root. */
import { enableCompileCache } from 'node:module';

enableCompileCache();

const { runProgram } = await import('./cli/program.ts');
process.exit(await runProgram(process.argv.slice(2)));
