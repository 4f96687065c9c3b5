import { execFileSync } from 'node:child_process';
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

const PROGRAM = join(import.meta.dirname, '../support/bundle-program.ts');
const BUILDS = ['a', 'b', 'c', 'd', 'e'].map((digit) => digit.repeat(16));

describe('bundles and their compiled code', () => {
  let work: string;
  let cache: string;

  beforeEach(() => {
    work = mkdtempSync(join(tmpdir(), 'boxtop-bundle-'));
    cache = join(work, 'cache');
    writeBundle(
      'one',
      "const two=require('./two.cjs');const{join}=require('node:path');exports.greet=(name)=>two.word()+' '+join(name,'there');",
    );
    writeBundle('two', "exports.word=()=>'hello'");
  });

  afterEach(() => rmSync(work, { recursive: true }));

  const member = (name: string, text: string) =>
    `"./${name}.cjs":(function(exports,require,module,__filename,__dirname){${text}\n})`;
  const writeBundle = (name: string, text: string) =>
    writeFileSync(join(work, `${name}.cjs`), `({${member(name, text)}})`);
  const run = (build = BUILDS[0]!, first?: string) =>
    execFileSync(process.execPath, [PROGRAM, work, cache, build, ...(first === undefined ? [] : [first])], {
      encoding: 'utf8',
    });
  const codeOf = (name: string, build = BUILDS[0]!) => join(cache, build, `${name}-test`);

  it('are loaded by name from each other, other modules by Node', () => {
    expect(run()).toBe('hello you/there\n');
  });

  it('give single modules of a part, each made once and when it is first asked for', () => {
    writeBundle(
      'two',
      "let made=0;exports.modules={'src/count.ts':()=>({made:++made}),'src/unused.ts':()=>{throw new Error('unused')}}",
    );
    writeBundle(
      'one',
      "const count=()=>require('./two.cjs#src/count.ts').made;exports.greet=()=>`${count()} ${count()} ${Object.keys(require('./two.cjs'))}`;",
    );
    expect(run()).toBe('1 1 modules\n');
  });

  it('may lie in one file that is read first, and are then not read by themselves', () => {
    const texts = [
      member('one', "exports.greet=()=>require('./three.cjs').word+' '+require('./two.cjs').word()"),
      member('three', "exports.word='well'"),
    ];
    writeFileSync(join(work, 'several.cjs'), `({${texts.join(',')}})`);
    expect(run(BUILDS[0], './several.cjs')).toBe('well hello\n');
    expect(readdirSync(join(cache, BUILDS[0]!)).sort()).toEqual(['several-test', 'two-test']);
  });

  it('keep the code of a run, which the next one takes as it is', () => {
    run();
    const before = [codeOf('one'), codeOf('two')].map((file) => statSync(file));
    expect(before.map(({ mode }) => mode & 0o777)).toEqual([0o600, 0o600]);
    expect(run()).toBe('hello you/there\n');
    expect([codeOf('one'), codeOf('two')].map((file) => statSync(file).ino)).toEqual(
      before.map(({ ino }) => ino),
    );
    expect(readdirSync(join(cache, BUILDS[0]!)).sort()).toEqual(['one-test', 'two-test']);
  });

  it('run without code that is cut or not code at all, and keep it anew', () => {
    run();
    const whole = readFileSync(codeOf('one'));
    for (const damaged of [whole.subarray(0, whole.length / 2), Buffer.from('nonsense'), Buffer.alloc(0)]) {
      writeFileSync(codeOf('one'), damaged);
      expect(run()).toBe('hello you/there\n');
      expect(readFileSync(codeOf('one')).length).toBeGreaterThan(damaged.length);
    }
  });

  it('never take the code of another build, though the source is as long', () => {
    run();
    writeBundle('two', "exports.word=()=>'howdy'");
    expect(run(BUILDS[1])).toBe('howdy you/there\n');
  });

  it('are fine where nothing can be kept', () => {
    writeFileSync(cache, 'a file where the folder should be');
    expect(run()).toBe('hello you/there\n');
  });

  it('leave the code of other builds that are young, and of few old ones', () => {
    const [last = '', ...others] = BUILDS;
    for (const build of others) run(build);
    expect(readdirSync(cache)).toHaveLength(4);
    for (const build of others) utimesSync(join(cache, build), 0, 0);
    run(last);
    expect(readdirSync(cache)).toHaveLength(3);
    expect(existsSync(codeOf('one', last))).toBe(true);
  });
});
