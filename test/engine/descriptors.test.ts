import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const DESCRIPTORS = resolve(import.meta.dirname, '../../src/engine/descriptors.ts');
/** Runs `ls` on its own descriptors behind the words, with a socket for its input as Node's pipes are. */
const PROGRAM = `
  const { closingFrom } = await import(${JSON.stringify(DESCRIPTORS)});
  const { spawn } = await import('node:child_process');
  const [file, ...words] = [...closingFrom(3), '/bin/ls', '/proc/self/fd'];
  const child = spawn(file, words, { env: { HOME: process.env.HOME }, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end();
`;

it('keeps far descriptors from a program, without reading what a user has its shells do', () => {
  const home = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  writeFileSync(join(home, '.bashrc'), 'echo read >&1\n');
  const far = 'exec 70</dev/null; exec "$0" --input-type=module -e "$1"';
  const listed = execFileSync('bash', ['--norc', '-c', far, process.execPath, PROGRAM], {
    env: { HOME: home, PATH: process.env['PATH'] },
    encoding: 'utf8',
  });
  rmSync(home, { recursive: true });
  const lines = listed.trim().split('\n');
  expect(lines).not.toContain('70');
  expect(lines).not.toContain('read');
  expect(lines).toContain('0');
});
