/** What ssh may use when a build fetches a repository. */
import { execFileSync, spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { type SshAccess, sshCommand } from '../../../src/engine/build/ssh-command.ts';

const hasSsh = spawnSync('ssh', ['-V']).error === undefined;

/** ssh's own reading of the settings. */
const settings = (access: SshAccess) =>
  execFileSync('sh', ['-c', `${sshCommand(access)} -G host`], { encoding: 'utf8', stdio: 'pipe' }).split(
    '\n',
  );

describe.skipIf(!hasSsh)('ssh of a build', () => {
  it('never asks, and uses no key of the home directory for what a Dockerfile names', () => {
    const strange = settings({});
    expect(strange).toContain('batchmode yes');
    expect(strange.filter((line) => line.startsWith('identity'))).toEqual(
      expect.arrayContaining(['identityagent none', 'identityfile none']),
    );
    expect(strange.filter((line) => line.startsWith('identityfile'))).toHaveLength(1);
  });

  it('asks the agent that was handed to the build, and that alone', () => {
    const handed = settings({ agent: '/agent' });
    expect(handed).toContain('identityagent SSH_AUTH_SOCK');
    expect(handed.filter((line) => line.startsWith('identityfile'))).toEqual(['identityfile none']);
  });

  it('uses the keys of the user for a context that the user names', () => {
    const own = settings({ isOwn: true });
    expect(own.filter((line) => line.startsWith('identityfile')).length).toBeGreaterThan(1);
    expect(own).toContain('batchmode yes');
  });
});
