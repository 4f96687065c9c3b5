/** Gathers what one start needs and writes the container's OCI bundle. */
import { existsSync, lstatSync, mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import type { NetworkSetup } from '../networks/setup.ts';
import { randomHex } from '../random.ts';
import { resolveCapabilities } from '../runtime/capabilities.ts';
import { resolveBlockIo, resolveDevices } from '../runtime/devices.ts';
import { hostFacts } from '../runtime/host.ts';
import type { OciMount, OciSpec } from '../runtime/oci-spec.ts';
import { readRootfsFile } from '../runtime/rootfs-file.ts';
import { findProgram } from '../runtime/runtime.ts';
import { parseSecurityOptions, seccompFor } from '../runtime/security.ts';
import { buildSpec } from '../runtime/spec.ts';
import { ociUser, resolveGroups, resolveUser } from '../runtime/user.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { namespacesOf, shmSourceOf } from './namespaces.ts';
import { bundleDir } from './paths.ts';

export interface BundleInput {
  record: ContainerRecord;
  /** still being mounted: much of the bundle needs no file of it */
  rootfs: Promise<string>;
  network: NetworkSetup;
  size: { rows: number; cols: number } | undefined;
  /** where config.json really lies; in the bundle when absent */
  specFolder?: string;
}

/** Writes BUNDLE/config.json; returns what was cut down. Throws INVALID_ARGUMENT (user, devices), UNAVAILABLE (init program). */
export async function writeBundle(
  ctx: Context,
  { record, rootfs: mounting, network, size, specFolder }: BundleInput,
): Promise<string[]> {
  const { Config, HostConfig } = record;
  const host = hostFacts();
  const capabilities = resolveCapabilities(
    {
      privileged: HostConfig.Privileged === true,
      add: HostConfig.CapAdd ?? [],
      drop: HostConfig.CapDrop ?? [],
    },
    host.capabilities,
  );
  const [seccomp, networkFiles] = await Promise.all([
    seccompFor(HostConfig, capabilities),
    writeNetworkFiles(ctx, record, network),
  ]);
  const { devices, rules } = resolveDevices(HostConfig);
  const rootfs = await mounting;
  repairSystemFolders(rootfs);
  const passwd = readRootfsFile(rootfs, '/etc/passwd');
  const group = readRootfsFile(rootfs, '/etc/group');
  const user = resolveUser(Config.User ?? '', { passwd, group });
  const security = parseSecurityOptions(HostConfig.SecurityOpt ?? []);
  const mounts = await prepareVolumes(ctx, record, rootfs);
  const { spec, warnings } = buildSpec({
    record,
    rootfs,
    capabilities,
    seccomp,
    mounts,
    networkFiles,
    devices,
    host,
    user: ociUser(user, resolveGroups(HostConfig.GroupAdd ?? [], group)),
    home: user.home,
    noNewPrivileges: security.noNewPrivileges,
    appArmor: security.appArmor,
    namespaces: namespacesOf(ctx, record, network),
    shmSource: await shmSourceOf(ctx, record),
    deviceRules: rules,
    blockIo: resolveBlockIo(HostConfig),
    initPath: HostConfig.Init ? findInit() : undefined,
    consoleSize: size,
  });
  const file = join(bundleDir(ctx, record.Id), 'config.json');
  if (specFolder !== undefined) symlinkSync(join(specFolder, 'config.json'), file);
  writeSpec(file, spec);
  return warnings;
}

/** The whole of 64 bits means "unlimited"; a double can't hold it, raw JSON can. */
function writeSpec(file: string, spec: OciSpec): void {
  const rawJson = (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON;
  const text = JSON.stringify(spec, (key, value) =>
    (key === 'soft' || key === 'hard') && value === Number.MAX_SAFE_INTEGER
      ? rawJson('18446744073709551615')
      : value,
  );
  writeFileSync(file, text, { mode: 0o600 });
}

/**
 * A root whose /dev, /proc or /sys is a link can make a runtime mount over the host's files (CVE-2025-31133, CVE-2026-47766).
 * In the container's own layer the link gives way to an empty folder; nothing behind it is touched.
 */
function repairSystemFolders(rootfs: string): void {
  for (const name of ['dev', 'proc', 'sys']) {
    const path = join(rootfs, name);
    if (lstatSync(path, { throwIfNoEntry: false })?.isDirectory() !== false) continue;
    const aside = join(rootfs, `.boxtop-${randomHex(16)}`);
    mkdirSync(aside, { mode: 0o755 });
    rmSync(path);
    renameSync(aside, path);
  }
}

async function writeNetworkFiles(ctx: Context, record: ContainerRecord, network: NetworkSetup) {
  const files = await import('../networks/files.ts');
  return files.writeNetworkFiles(ctx, record, network);
}

async function prepareVolumes(ctx: Context, record: ContainerRecord, rootfs: string): Promise<OciMount[]> {
  if (record.Mounts.length === 0 && Object.keys(record.HostConfig.Tmpfs ?? {}).length === 0) return [];
  const { prepareMounts } = await import('../volumes/prepare.ts');
  return prepareMounts(ctx, record, rootfs);
}

function findInit(): string {
  const path =
    ['/usr/bin/catatonit', '/usr/libexec/podman/catatonit'].find((place) => existsSync(place)) ??
    findProgram('tini');
  if (path !== undefined) return path;
  throw new EngineError('UNAVAILABLE', 'catatonit: program not found (--init needs it)', {
    hint: 'install it, e.g.: apt-get install catatonit',
    exitCode: 125,
  });
}
