/** The OCI process of an exec: the container's own, with what the exec changes. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { resolveCapabilities } from '../runtime/capabilities.ts';
import { hostFacts } from '../runtime/host.ts';
import type { OciProcess, OciSpec } from '../runtime/oci-spec.ts';
import { readRootfsFile } from '../runtime/rootfs-file.ts';
import { processEnvironment } from '../runtime/spec.ts';
import { ociUser, resolveGroups, resolveUser } from '../runtime/user.ts';
import { isProcessFolder } from '../runtime/working-dir.ts';
import type { ContainerRecord, ExecCreate } from '../types/containers.ts';
import { bundleDir } from './paths.ts';

/** Throws INVALID_ARGUMENT for an unknown user or a working directory that is no absolute path. */
export function execProcess(
  ctx: Context,
  record: ContainerRecord,
  exec: ExecCreate,
  size: { rows: number; cols: number } | undefined,
): OciProcess {
  const spec = JSON.parse(readFileSync(join(bundleDir(ctx, record.Id), 'config.json'), 'utf8')) as OciSpec;
  const { Config, HostConfig } = record;
  const cwd = exec.WorkingDir || spec.process.cwd;
  if (!cwd.startsWith('/') || isProcessFolder(cwd)) {
    throw new EngineError(
      'INVALID_ARGUMENT',
      `OCI runtime exec failed: exec failed: Cwd must be an absolute path: unknown`,
      { exitCode: 126 },
    );
  }
  const passwd = readRootfsFile(spec.root.path, '/etc/passwd');
  const group = readRootfsFile(spec.root.path, '/etc/group');
  const user = resolveUser(exec.User || Config.User || '', { passwd, group });
  const env = processEnvironment([...(Config.Env ?? []), ...(exec.Env ?? [])], {
    hostname: Config.Hostname ?? '',
    isTty: exec.Tty === true,
    home: user.home,
  });
  const { capabilities, consoleSize: _, ...base } = spec.process;
  return {
    ...base,
    terminal: exec.Tty === true,
    ...(exec.Tty && size ? { consoleSize: { height: size.rows, width: size.cols } } : {}),
    user: ociUser(user, resolveGroups(HostConfig.GroupAdd ?? [], group)),
    args: exec.Cmd,
    env,
    cwd,
    capabilities: exec.Privileged ? privileged() : capabilities,
  };
}

function privileged(): OciProcess['capabilities'] {
  const all = resolveCapabilities({ privileged: true, add: [], drop: [] }, hostFacts().capabilities);
  return { bounding: all, effective: all, permitted: all, inheritable: [], ambient: [] };
}
