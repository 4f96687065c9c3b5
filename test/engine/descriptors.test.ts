import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { expect, it } from 'vitest';

const ENGINE = resolve(import.meta.dirname, '../../src/engine');
/** Runs `ls` on its own descriptors behind the words, with a socket for its input as Node's pipes are. */
const LISTS = `
  const { closingFrom } = await import(${JSON.stringify(join(ENGINE, 'descriptors.ts'))});
  const { spawn } = await import('node:child_process');
  const [file, ...words] = [...closingFrom(3), '/bin/ls', '/proc/self/fd'];
  const child = spawn(file, words, { env: { HOME: process.env.HOME }, stdio: ['pipe', 'inherit', 'inherit'] });
  child.stdin.end();
`;

/** What it says where a file of its caller is open as number 70. */
function withFarFile(program: string, home: string): string {
  const far = 'exec 70</dev/null; exec "$0" --input-type=module -e "$1"';
  return execFileSync('bash', ['--norc', '-c', far, process.execPath, program], {
    env: { HOME: home, PATH: process.env['PATH'] },
    encoding: 'utf8',
  }).trim();
}

it('keeps far descriptors from a program, without reading what a user has its shells do', () => {
  const home = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  writeFileSync(join(home, '.bashrc'), 'echo read >&1\n');
  const lines = withFarFile(LISTS, home).split('\n');
  rmSync(home, { recursive: true });
  expect(lines).not.toContain('70');
  expect(lines).not.toContain('read');
  expect(lines).toContain('0');
});

it('leaves it to the system to say that a file is no program', () => {
  const program = `
    const { runCommand } = await import(${JSON.stringify(join(ENGINE, 'command.ts'))});
    await runCommand('/etc/passwd', [], { leavesProcess: true }).catch(({ message }) => console.log(message));
  `;
  expect(withFarFile(program, '/')).toMatch(/\/etc\/passwd.*(EACCES|permission denied)/i);
});
