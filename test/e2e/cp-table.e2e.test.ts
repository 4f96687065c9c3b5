import {
  chmodSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { runCommandLine } from '../support/cli.ts';
import { type Case, matrix, type Node } from '../support/cp-matrix.ts';
import { canRunContainers } from '../support/requirements.ts';
import { sharedStore } from '../support/store.ts';

const NOT_FOUND = /no such file or directory|No such container:path|does not exist/;

describe.skipIf(!canRunContainers)('cp by its table', () => {
  const store = sharedStore();
  let host: string;
  let folder: string;

  beforeAll(async () => {
    host = mkdtempSync(join(tmpdir(), 'boxtop-cp-'));
    plant(join(host, 'source'), matrix.sourceTree, join(host, 'source'));
    plant(join(host, 'inside'), matrix.sourceTree, '/src');
    plant(join(host, 'destination'), matrix.destinationTree, '');
    for (const name of ['running', 'stopped']) {
      await store.create(['sleep', '10000'], {}, name);
      await ok(`${host}/inside`, `${name}:/src`);
    }
    await store.engine.containers.start('running');
  });
  afterAll(async () => {
    rmSync(host, { recursive: true });
  });
  beforeEach(() => {
    folder = mkdtempSync(join(host, 'test-'));
  });

  function plant(top: string, nodes: readonly Node[], source: string): void {
    mkdirSync(top);
    for (const { path, kind, text, mode, target } of nodes) {
      const place = join(top, path);
      if (kind === 'dir') mkdirSync(place);
      else if (kind === 'symlink') symlinkSync(target!.replace('@SRC@', source), place);
      else writeFileSync(place, text!);
      if (mode !== undefined) chmodSync(place, Number.parseInt(mode, 8));
    }
  }

  const cp = (...args: string[]) => runCommandLine(store.engine, ['cp', ...args]);
  const ok = async (...args: string[]) =>
    expect(await cp(...args)).toMatchObject({ exitCode: 0, stderr: '' });
  const refused = async (words: string | RegExp, ...args: string[]) =>
    expect(await cp(...args)).toMatchObject({
      exitCode: 1,
      stderr: expect.stringMatching(new RegExp(words, 'm')),
    });

  function same(a: string, b: string): void {
    const facts = (path: string) => {
      const stat = lstatSync(path);
      return [stat.mode, stat.isFile() ? readFileSync(path, 'utf8') : readdirSync(path)];
    };
    expect(facts(a)).toEqual(facts(b));
  }

  function check(top: string, { expected }: Case): void {
    for (const { path, sameAs } of expected.created!) same(join(top, path), join(host, 'source', sameAs));
    for (const path of expected.unchanged ?? [])
      expect(statSync(join(top, path)).mode).toBe(statSync(join(host, 'destination', path)).mode);
  }

  const wordsOf = (error: string) => (error === 'not found' ? NOT_FOUND : new RegExp(error));

  describe.each(['running', 'stopped'])('of a %s container', (name) => {
    it.each(matrix.cases)('in, $name: $what', async (test) => {
      const top = `/into-${test.name}`;
      await ok(`${host}/destination`, `${name}:${top}`);
      const to = `${name}:${top}/${test.destination}${test.trailingSlash ? '/' : ''}`;
      const args = [...(test.followLinks ? ['-L'] : []), `${host}/source/${test.source}`, to];
      if (test.expected.error !== undefined) return await refused(wordsOf(test.expected.error), ...args);
      await ok(...args);
      await ok('-a', `${name}:${top}`, `${folder}/out`);
      check(`${folder}/out`, test);
    });

    it.each(matrix.cases)('out, $name: $what', async (test) => {
      const top = join(folder, 'top');
      plant(top, matrix.destinationTree, '');
      const to = `${top}/${test.destination}${test.trailingSlash ? '/' : ''}`;
      const args = [...(test.followLinks ? ['-L'] : []), `${name}:/src/${test.source}`, to];
      if (test.expected.error !== undefined) return await refused(wordsOf(test.expected.error), ...args);
      await ok(...args);
      check(top, test);
    });
  });
});
