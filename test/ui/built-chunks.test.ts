import { readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { BIN } from '../support/boxtop.ts';

const DIST = join(dirname(realpathSync(BIN)), '../dist');
/** No chunks of the program, and what is put together of chunks. */
const OTHERS = /^(main|screen|xterm|chokidar|for-.*)\.cjs$/;

/** scripts/build.mjs edits what esbuild writes by patterns; when esbuild writes it otherwise, nothing else tells that they do nothing. */
describe('the chunks that were built', () => {
  const chunks = readdirSync(DIST)
    .filter((name) => name.endsWith('.cjs') && !OTHERS.test(name))
    .map((name) => ({ name, text: readFileSync(join(DIST, name), 'utf8') }));
  const matches = (pattern: RegExp) => chunks.flatMap(({ text }) => [...text.matchAll(pattern)]);

  it('hand out what they have as it is, not a copy', () => {
    const copied = chunks.filter(({ text }) => {
      const [, give = ''] = /module\.exports=([\w$]+)\([\w$]+\);/.exec(text) ?? [];
      const itself = new RegExp(`(?<![\\w$])${give.replaceAll('$', '\\$')}=([\\w$]+)=>\\1[,;]`);
      return give === '' || !itself.test(text);
    });
    expect(chunks.length).toBeGreaterThan(5);
    expect(copied.map(({ name }) => name)).toEqual([]);
  });

  it('take what others hand out as it is', () => {
    expect(matches(/require\("\.\/[\w-]+\.cjs#/g).length).toBeGreaterThan(100);
    expect(matches(/[\w$]\(require\("\.\/[\w-]+\.cjs#[^"]+"\)/g).map(([text]) => text)).toEqual([]);
  });

  it('have namespaces of plain values, but for the few whose short names something else has, too', () => {
    const modules = matches(/"src\/[^"]+\.tsx?":\(\)=>\([\w$]+\(\),/g).length;
    const plain = matches(/"src\/[^"]+\.tsx?":\(\)=>\([\w$]+\(\),\{[\w$:,]+\}\)/g).length;
    expect(modules).toBeGreaterThan(100);
    expect(plain / modules).toBeGreaterThan(0.8);
  });
});
