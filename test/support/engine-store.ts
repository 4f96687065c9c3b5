/** A store of its own and hand-made container records, for tests that run nothing. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { resolvePaths } from '../../src/engine/config.ts';
import { containerDir } from '../../src/engine/containers/paths.ts';
import { containerDocuments, containerNames } from '../../src/engine/containers/records.ts';
import type { Context } from '../../src/engine/context.ts';
import { openState } from '../../src/engine/state/state.ts';
import type { ContainerConfig, HostConfig } from '../../src/engine/types/config.ts';
import type { ContainerRecord, ContainerState } from '../../src/engine/types/containers.ts';
import { openLayerStore } from '../../src/layerfs/index.ts';

export interface TestContext extends Context {
  close(): void;
}

export function openContext(): TestContext {
  const root = mkdtempSync(join(tmpdir(), 'boxtop-test-'));
  const paths = resolvePaths({ root }, {});
  const state = openState(paths.database);
  const close = () => {
    state.close();
    rmSync(root, { recursive: true, force: true });
  };
  const layers = () => openLayerStore(paths.layers);
  return { paths, state, self: [], layers, close };
}

export function makeStore(): { ctx: Context; close: () => void } {
  const ctx = openContext();
  return { ctx, close: ctx.close };
}

export const EXITED: ContainerState = {
  Status: 'exited',
  Running: false,
  Paused: false,
  Restarting: false,
  OOMKilled: false,
  Dead: false,
  Pid: 0,
  ExitCode: 0,
  Error: '',
  StartedAt: '2026-11-21T04:00:00Z',
  FinishedAt: '2026-11-21T04:10:00Z',
};

/** Puts a record in; `id` is one hex digit, repeated 64 times. */
export function addContainer(
  ctx: Context,
  id: string,
  change: Partial<Omit<ContainerRecord, 'State'>> & { State?: Partial<ContainerState> } = {},
): ContainerRecord {
  const { State, ...rest } = change;
  const record: ContainerRecord = {
    Id: id.repeat(64),
    Created: `2026-11-21T04:00:0${Number.parseInt(id, 16) % 10}.000000000Z`,
    Name: `name-${id}`,
    Path: 'sh',
    Args: [],
    State: { ...EXITED, ...State },
    Image: `sha256:${'1'.repeat(64)}`,
    Layers: [],
    Platform: 'linux',
    Driver: 'overlay2',
    MountLabel: '',
    RestartCount: 0,
    Config: { Image: 'busybox' },
    HostConfig: {},
    Mounts: [],
    AnonymousVolumes: [],
    NetworkSettings: { Ports: {}, Networks: {}, SandboxKey: '' },
    StoppedByUser: false,
    ExecIDs: [],
    ...rest,
  };
  ctx.state.write(() => {
    containerDocuments(ctx).put(record.Id, record);
    containerNames(ctx).claim(record.Name, record.Id);
  });
  mkdirSync(containerDir(ctx, record.Id), { recursive: true });
  return record;
}

/** One that was only created, or runs as `pid`. */
export function makeContainer(
  ctx: Context,
  digit: string,
  parts: { config?: Partial<ContainerConfig>; hostConfig?: HostConfig; pid?: number } = {},
): ContainerRecord {
  const Pid = parts.pid ?? 0;
  return addContainer(ctx, digit, {
    Name: `box-${digit}`,
    Config: { Image: 'none', Hostname: digit.repeat(12), ...parts.config },
    HostConfig: parts.hostConfig ?? {},
    State: { Status: Pid > 0 ? 'running' : 'created', Running: Pid > 0, Pid },
  });
}
