/** A store of its own and hand-made container records, for tests of networks and volumes. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePaths } from '../../src/engine/config.ts';
import { containerDocuments, containerNames } from '../../src/engine/containers/records.ts';
import type { Context } from '../../src/engine/context.ts';
import { openState } from '../../src/engine/state/state.ts';
import type { ContainerConfig, HostConfig } from '../../src/engine/types/config.ts';
import type { ContainerRecord } from '../../src/engine/types/containers.ts';

export function makeStore(): { ctx: Context; close: () => void } {
  const root = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  const paths = resolvePaths({ root }, {});
  const state = openState(paths.database);
  const layers = () => Promise.reject(new Error('these tests use no layers'));
  const close = () => {
    state.close();
    rmSync(root, { recursive: true, force: true });
  };
  return { ctx: { paths, state, self: [], layers }, close };
}

export function makeContainer(
  ctx: Context,
  digit: string,
  parts: { config?: Partial<ContainerConfig>; hostConfig?: HostConfig; pid?: number } = {},
): ContainerRecord {
  const Id = digit.repeat(64);
  const pid = parts.pid ?? 0;
  const record: ContainerRecord = {
    Id,
    Created: '2026-01-01T00:00:00Z',
    Name: `box-${digit}`,
    Path: 'true',
    Args: [],
    State: {
      Status: pid > 0 ? 'running' : 'created',
      Running: pid > 0,
      Paused: false,
      Restarting: false,
      OOMKilled: false,
      Dead: false,
      Pid: pid,
      ExitCode: 0,
      Error: '',
      StartedAt: '0001-01-01T00:00:00Z',
      FinishedAt: '0001-01-01T00:00:00Z',
    },
    Image: 'sha256:none',
    Layers: [],
    Platform: 'linux',
    Driver: 'overlay',
    MountLabel: '',
    RestartCount: 0,
    Config: { Image: 'none', Hostname: Id.slice(0, 12), ...parts.config },
    HostConfig: parts.hostConfig ?? {},
    Mounts: [],
    AnonymousVolumes: [],
    NetworkSettings: { Ports: {}, Networks: {}, SandboxKey: '' },
    StoppedByUser: false,
    ExecIDs: [],
  };
  containerDocuments(ctx).put(Id, record);
  containerNames(ctx).claim(record.Name, Id);
  return record;
}
