/** Where a container's files lie: one place, so that the life cycle, logs and copies agree. No `join`: lists make thousands of them. */
import type { Context } from '../context.ts';

/** containers/ID under the root: survives a reboot (log, hosts, hostname, resolv.conf). */
export const containerDir = (ctx: Context, id: string): string => `${ctx.paths.containers}/${id}`;

/** The monitor's log (conmon's k8s-file format); rotated ones are log.1, log.2 … (the higher the older). */
export const logFile = (ctx: Context, id: string): string => `${containerDir(ctx, id)}/log`;

/** Files the engine binds over the container's /etc/resolv.conf, /etc/hosts and /etc/hostname. */
export const resolvConfFile = (ctx: Context, id: string): string => `${containerDir(ctx, id)}/resolv.conf`;
export const hostsFile = (ctx: Context, id: string): string => `${containerDir(ctx, id)}/hosts`;
export const hostnameFile = (ctx: Context, id: string): string => `${containerDir(ctx, id)}/hostname`;

/** The monitor writes the exit code to exitDir/ID (`conmon --exit-dir`); not under the root, which the container may have filled. */
export const exitDir = (ctx: Context, id: string): string => `${ctx.paths.runRoot}/exits/${id}`;

/** runContainers/ID: the OCI bundle, attach socket, fifos and pid files; gone after a reboot. */
export const bundleDir = (ctx: Context, id: string): string => `${ctx.paths.runContainers}/${id}`;

/** All that goes with the container. */
export const containerFolders = (ctx: Context, id: string): string[] => [
  containerDir(ctx, id),
  bundleDir(ctx, id),
  exitDir(ctx, id),
];

/** Key of the container's writable area in the layer store. */
export const areaKey = (id: string): string => id;
