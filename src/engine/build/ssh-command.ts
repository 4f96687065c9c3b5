/** How git calls ssh for a build. Pure. */

export interface SshAccess {
  /** socket of an ssh agent that may be asked; the caller puts it into SSH_AUTH_SOCK */
  agent?: string;
  /**
   * The user named the repository, so the keys and settings of the home directory count. A Dockerfile may be a stranger's: it gets
   * at the keys of an agent that was handed to the build, as with BuildKit's --ssh.
   */
  isOwn?: boolean;
}

/** GIT_SSH_COMMAND. Nothing is ever asked for: there may be nobody at the terminal. */
export function sshCommand({ agent, isOwn = false }: SshAccess): string {
  const words = ['ssh', '-oBatchMode=yes', '-oForwardAgent=no'];
  if (!isOwn)
    words.push(
      '-Fnone',
      '-oIdentityFile=none',
      `-oIdentityAgent=${agent === undefined ? 'none' : 'SSH_AUTH_SOCK'}`,
    );
  return words.join(' ');
}
