/** The OCI process of an exec: the container's own, with what the exec changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../../context.ts';
import { EngineError } from '../../errors.ts';
import { resolveCapabilities } from '../../runtime/capabilities.ts';
import { hostFacts } from '../../runtime/host.ts';
import type { OciProcess, OciSpec } from '../../runtime/oci-spec.ts';
import { readRootfsFile } from '../../runtime/rootfs-file.ts';
import { processEnvironment } from '../../runtime/spec.ts';
import { ociUser, resolveGroups, resolveUser } from '../../runtime/user.ts';
import { isProcessFolder } from '../../runtime/working-dir.ts';
import type { ContainerRecord, ExecCreate } from '../../types/containers.ts';
import { currentLinkVariables } from '../links.ts';
import { bundleDir } from '../paths.ts';

/** Throws INVALID_ARGUMENT for an unknown user or a working directory that is no absolute path. */
export function execProcess(
  ctx: Context,
  record: ContainerRecord,
  exec: ExecCreate,
  size: { rows: number; cols: number } | undefined,
): OciProcess {
  const spec = JSON.parse(readFileSync(join(bundleDir(ctx, record.Id), 'config.json'), 'utf8')) as OciSpec;
  const { Config } = record;
  const cwd = exec.WorkingDir || spec.process.cwd;
  if (!cwd.startsWith('/') || isProcessFolder(cwd)) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown`,
      { exitCode: 126 },
    );
  }
  const { user, groups } = userOf(record, exec, spec.root.path);
  const given = [...currentLinkVariables(ctx, record), ...(Config.Env ?? []), ...(exec.Env ?? [])];
  const env = processEnvironment(given, {
    hostname: Config.Hostname ?? '',
    isTty: exec.Tty === true,
    home: user.home,
  });
  const { capabilities, consoleSize: _, ...base } = spec.process;
  return {
    ...base,
    terminal: exec.Tty === true,
    ...(exec.Tty && size ? { consoleSize: { height: size.rows, width: size.cols } } : {}),
    user: ociUser(user, groups),
    args: exec.Cmd,
    env,
    cwd,
    capabilities: exec.Privileged ? privileged() : capabilities,
  };
}

/** Names are those of the container's files. Throws with exitCode 126: the client of Docker ends so when the process can't be made. */
function userOf({ Config, HostConfig }: ContainerRecord, exec: ExecCreate, root: string) {
  try {
    const passwd = readRootfsFile(root, '/etc/passwd');
    const group = readRootfsFile(root, '/etc/group');
    const user = resolveUser(exec.User || Config.User || '', { passwd, group });
    return { user, groups: resolveGroups(HostConfig.GroupAdd ?? [], group) };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const { code, message, hint } = error;
    throw new EngineError(code, message, { hint, cause: error, exitCode: 126 });
  }
}

function privileged(): OciProcess['capabilities'] {
  const all = resolveCapabilities({ privileged: true, add: [], drop: [] }, hostFacts().capabilities);
  return { bounding: all, effective: all, permitted: all, inheritable: [], ambient: [] };
}
