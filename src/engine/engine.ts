/** Builds the engine: opens the store and hands its context to the verbs, each loaded at its first use. */
import { mkdirSync } from 'node:fs';
import { resolvePaths } from './config.ts';
import { reviveSupervisor } from './containers/supervised.ts';
import { reviveWatcher } from './containers/watcher.ts';
import type { Context } from './context.ts';
import { lastEventSeq } from './state/events.ts';
import { openState } from './state/state.ts';
import type { Builder } from './types/build.ts';
import type { Containers } from './types/containers.ts';
import type { Engine, EngineOptions, System } from './types/engine.ts';
import type { Images } from './types/images.ts';
import type { Networks, Volumes } from './types/networks.ts';
import type { Progress } from './types/progress.ts';

/** Opens the store (creating it). Throws PERMISSION_DENIED, DATA_LOSS, RESOURCE_EXHAUSTED. */
export function openEngine(options: EngineOptions = {}): Engine {
  const paths = resolvePaths(options);
  const state = openState(paths.database);
  mkdirSync(paths.runRoot, { recursive: true, mode: 0o700 });
  let layers: ReturnType<Context['layers']> | undefined;
  const ctx: Context = {
    paths,
    state,
    self: options.self ?? process.argv.slice(0, 2),
    layers: () => {
      layers ??= import('../layerfs/index.ts').then((layerfs) => layerfs.openLayerStore(paths.layers));
      return layers;
    },
  };
  reviveSupervisor(ctx);
  reviveWatcher(ctx);
  const close = async () => state.close();
  return withGroups({ paths, close }, ctx, { images, containers, volumes, networks, system, builder });
}

/** Each group of verbs is made when it is first asked for: a command needs one or two. */
function withGroups<T extends object, G extends Record<string, (ctx: Context) => unknown>>(
  engine: T,
  ctx: Context,
  groups: G,
): T & { [K in keyof G]: ReturnType<G[K]> } {
  for (const [name, make] of Object.entries(groups)) {
    const get = () => {
      const value = make(ctx);
      Object.defineProperty(engine, name, { value, enumerable: true });
      return value;
    };
    Object.defineProperty(engine, name, { get, enumerable: true, configurable: true });
  }
  return engine as T & { [K in keyof G]: ReturnType<G[K]> };
}

/** A job whose module is loaded when it is first stepped. */
async function* lazyJob<T>(
  load: () => Promise<AsyncGenerator<Progress, T, void>>,
): AsyncGenerator<Progress, T, void> {
  return yield* await load();
}

function images(ctx: Context): Images {
  return {
    pull: (...args) => lazyJob(async () => (await import('./images/pull.ts')).pull(ctx, ...args)),
    push: (...args) => lazyJob(async () => (await import('./images/push.ts')).push(ctx, ...args)),
    list: async (...args) => (await import('./images/list.ts')).list(ctx, ...args),
    inspect: async (...args) => (await import('./images/inspect.ts')).inspect(ctx, ...args),
    history: async (...args) => (await import('./images/inspect.ts')).history(ctx, ...args),
    tag: async (...args) => (await import('./images/tag.ts')).tag(ctx, ...args),
    remove: async (...args) => (await import('./images/remove.ts')).remove(ctx, ...args),
    prune: async (...args) => (await import('./images/prune.ts')).prune(ctx, ...args),
    import: (...args) => lazyJob(async () => (await import('./images/import.ts')).importImage(ctx, ...args)),
    login: async (...args) => (await import('./images/login.ts')).login(ctx, ...args),
    logout: async (...args) => (await import('./images/login.ts')).logout(ctx, ...args),
  };
}

function containers(ctx: Context): Containers {
  return { ...lifeCycle(ctx), ...streams(ctx), ...files(ctx) };
}

type LifeCycle = Pick<
  Containers,
  | 'create'
  | 'start'
  | 'stop'
  | 'restart'
  | 'kill'
  | 'pause'
  | 'unpause'
  | 'wait'
  | 'rename'
  | 'update'
  | 'remove'
  | 'handleExit'
  | 'tend'
  | 'prune'
  | 'boot'
  | 'shutDown'
>;

function lifeCycle(ctx: Context): LifeCycle {
  return {
    create: async (...args) => (await import('./containers/create.ts')).create(ctx, ...args),
    start: async (...args) => (await import('./containers/start.ts')).start(ctx, ...args),
    stop: async (...args) => (await import('./containers/stop.ts')).stop(ctx, ...args),
    restart: async (...args) => (await import('./containers/stop.ts')).restart(ctx, ...args),
    kill: async (...args) => (await import('./containers/kill.ts')).kill(ctx, ...args),
    pause: async (...args) => (await import('./containers/pause.ts')).pause(ctx, ...args),
    unpause: async (...args) => (await import('./containers/pause.ts')).unpause(ctx, ...args),
    wait: async (...args) => (await import('./containers/wait.ts')).wait(ctx, ...args),
    rename: async (...args) => (await import('./containers/rename.ts')).rename(ctx, ...args),
    update: async (...args) => (await import('./containers/update.ts')).update(ctx, ...args),
    remove: async (...args) => void (await (await import('./containers/remove.ts')).remove(ctx, ...args)),
    handleExit: async (id) =>
      (await import('./containers/exited.ts')).handleExit(ctx, id, { byMonitor: true }),
    tend: async () => (await import('./containers/tend.ts')).tendWatched(ctx),
    prune: async (...args) => (await import('./containers/prune.ts')).prune(ctx, ...args),
    boot: async () => (await import('./containers/boot.ts')).boot(ctx),
    shutDown: async () => (await import('./containers/boot.ts')).shutDown(ctx),
  };
}

type Streams = Pick<
  Containers,
  | 'attach'
  | 'resize'
  | 'execCreate'
  | 'execStart'
  | 'execInspect'
  | 'execWait'
  | 'logs'
  | 'rawLogs'
  | 'stats'
  | 'top'
>;

function streams(ctx: Context): Streams {
  return {
    attach: async (...args) => (await import('./containers/attach.ts')).attach(ctx, ...args),
    resize: async (...args) => (await import('./containers/attach.ts')).resize(ctx, ...args),
    execCreate: async (...args) => (await import('./containers/exec/exec.ts')).execCreate(ctx, ...args),
    execStart: async (...args) => (await import('./containers/exec/exec.ts')).execStart(ctx, ...args),
    execInspect: async (...args) => (await import('./containers/exec/exec.ts')).execInspect(ctx, ...args),
    execWait: async (...args) => (await import('./containers/exec/exec.ts')).execWait(ctx, ...args),
    logs: async function* (...args) {
      yield* (await import('./containers/logs/logs.ts')).logs(ctx, ...args);
    },
    rawLogs: async function* (...args) {
      yield* (await import('./containers/logs/raw-logs.ts')).rawLogs(ctx, ...args);
    },
    stats: async (...args) => (await import('./containers/stats.ts')).stats(ctx, ...args),
    top: async (...args) => (await import('./containers/top.ts')).top(ctx, ...args),
  };
}

type Files = Omit<Containers, keyof LifeCycle | keyof Streams>;

function files(ctx: Context): Files {
  return {
    list: async (...args) => (await import('./containers/list.ts')).list(ctx, ...args),
    inspect: async (...args) => (await import('./containers/inspect/inspect.ts')).inspect(ctx, ...args),
    diff: async (...args) => (await import('./containers/diff.ts')).diff(ctx, ...args),
    export: async (...args) => (await import('./containers/export.ts')).exportContainer(ctx, ...args),
    commit: (...args) => lazyJob(async () => (await import('./containers/commit.ts')).commit(ctx, ...args)),
    statPath: async (...args) => (await import('./containers/files/archive.ts')).statPath(ctx, ...args),
    readArchive: async (...args) => (await import('./containers/files/archive.ts')).readArchive(ctx, ...args),
    writeArchive: async (...args) =>
      (await import('./containers/files/archive.ts')).writeArchive(ctx, ...args),
  };
}

function volumes(ctx: Context): Volumes {
  return {
    create: async (...args) => (await import('./volumes/volumes.ts')).create(ctx, ...args),
    list: async (...args) => (await import('./volumes/volumes.ts')).list(ctx, ...args),
    inspect: async (...args) => (await import('./volumes/volumes.ts')).inspect(ctx, ...args),
    remove: async (...args) => (await import('./volumes/remove.ts')).remove(ctx, ...args),
    prune: async (...args) => (await import('./volumes/remove.ts')).prune(ctx, ...args),
  };
}

function networks(ctx: Context): Networks {
  return {
    list: async (...args) => (await import('./networks/networks.ts')).list(ctx, ...args),
    inspect: async (...args) => (await import('./networks/networks.ts')).inspect(ctx, ...args),
    create: async (...args) => (await import('./networks/create.ts')).create(ctx, ...args),
    remove: async (...args) => (await import('./networks/create.ts')).remove(ctx, ...args),
    connect: async (...args) => (await import('./networks/connect.ts')).connect(ctx, ...args),
    disconnect: async (...args) => (await import('./networks/connect.ts')).disconnect(ctx, ...args),
    prune: async (...args) => (await import('./networks/prune.ts')).prune(ctx, ...args),
  };
}

function system(ctx: Context): System {
  return {
    info: async () => (await import('./system/info.ts')).info(ctx),
    version: async () => (await import('./system/version.ts')).version(ctx),
    check: async function* (...args) {
      return yield* (await import('./system/check/check.ts')).check(ctx, ...args);
    },
    prunePlan: async (...args) => (await import('./system/prune-plan.ts')).prunePlan(ctx, ...args),
    diskUsage: async (...args) => (await import('./system/disk-usage.ts')).diskUsage(ctx, ...args),
    events: async function* (...args) {
      yield* (await import('./system/events.ts')).events(ctx, ...args);
    },
    supervise: async () => (await import('./supervisor/supervisor.ts')).supervise(ctx),
    watch: (listener, signal, after) => {
      const from = lastEventSeq(ctx.state);
      void Promise.resolve(after)
        .then(() => import('./system/events.ts'))
        .then(({ watch }) => watch(ctx, from, listener, signal));
    },
  };
}

function builder(ctx: Context): Builder {
  return {
    build: async function* (...args) {
      return yield* (await import('./build/build.ts')).build(ctx, ...args);
    },
    watch: async function* (...args) {
      yield* (await import('./build/watch.ts')).watchContext(...args);
    },
    prune: async (...args) => (await import('./build/prune.ts')).prune(ctx, ...args),
  };
}
