/** Where everything lies on disk. The only reader of the environment in the engine. */
import { homedir } from 'node:os';
import { join, resolve } from 'node:path';

/** Absolute paths. `root` survives a reboot, `runRoot` need not. */
export interface Paths {
  root: string;
  runRoot: string;
  /** SQLite database, alone in its folder so that watching the folder sees only its writes. */
  database: string;
  /** blobs by digest: content/blobs/sha256/HEX, ingests beside them */
  content: string;
  layers: string;
  /** containers/ID/: log, hosts, hostname, resolv.conf */
  containers: string;
  volumes: string;
  /** runRoot/containers/ID/: OCI bundle, attach socket, pid files */
  runContainers: string;
  /** the runtime's own state (`runc --root`) */
  runtimeState: string;
  /** pinned network namespaces */
  netns: string;
  /** netavark's config dir */
  networks: string;
  /** daemon.json-style file: registry-mirrors, insecure-registries, … */
  configFile: string;
  /** Docker's client config.json with `auths` and credential helpers */
  dockerConfig: string;
}

export interface PathOptions {
  root?: string;
  runRoot?: string;
}

/** Defaults: /var/lib/boxtop and /run/boxtop for root, XDG folders otherwise; BOXTOP_ROOT, BOXTOP_RUNROOT, BOXTOP_CONFIG and DOCKER_CONFIG override. */
export function resolvePaths(options: PathOptions = {}, env: NodeJS.ProcessEnv = process.env): Paths {
  const privileged = process.getuid?.() === 0;
  const home = env['HOME'] ?? homedir();
  const dataHome = env['XDG_DATA_HOME'] ?? join(home, '.local/share');
  const runHome = env['XDG_RUNTIME_DIR'] ?? `/tmp/boxtop-${process.getuid?.() ?? 0}`;
  const root = resolve(
    options.root ?? env['BOXTOP_ROOT'] ?? (privileged ? '/var/lib/boxtop' : join(dataHome, 'boxtop')),
  );
  const runRoot = resolve(
    options.runRoot ?? env['BOXTOP_RUNROOT'] ?? defaultRunRoot(root, options, privileged, runHome),
  );
  return {
    root,
    runRoot,
    // both are clean: joining them anew is slow, and every command does it
    database: `${root}/db/state.db`,
    content: `${root}/content`,
    layers: `${root}/layers`,
    containers: `${root}/containers`,
    volumes: `${root}/volumes`,
    runContainers: `${runRoot}/containers`,
    runtimeState: `${runRoot}/runtime`,
    netns: `${runRoot}/netns`,
    networks: `${runRoot}/networks`,
    configFile:
      env['BOXTOP_CONFIG'] ?? (privileged ? '/etc/boxtop/daemon.json' : join(dataHome, 'boxtop.json')),
    dockerConfig: join(env['DOCKER_CONFIG'] ?? join(home, '.docker'), 'config.json'),
  };
}

/** The caller's own environment, for the caller's own programs: credential helpers reach key rings and session buses by it. */
export const callerEnvironment = (): NodeJS.ProcessEnv => process.env;

/** A store given by --root alone keeps its run files inside, so that two stores never share them. */
function defaultRunRoot(root: string, options: PathOptions, privileged: boolean, runHome: string): string {
  if (options.root !== undefined) return join(root, 'run');
  return privileged ? '/run/boxtop' : join(runHome, 'boxtop');
}
