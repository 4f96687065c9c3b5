/** Build contexts for tests of the program: files by name, each context in a folder of its own. */
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

export function writeContext(work: string, files: Record<string, string>): string {
  const folder = mkdtempSync(join(work, 'context-'));
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), content);
  }
  return folder;
}
