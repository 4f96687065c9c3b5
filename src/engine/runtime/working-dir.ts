/** Working directories that no process may start in. Pure. */
import { posix } from 'node:path';

/**
 * True when a path leads into a process's folder of /proc: behind `fd` or `cwd` there may be one of the host's (CVE-2024-21626).
 * Links of the image on the way are the runtime's to refuse.
 */
export const isProcessFolder = (path: string): boolean =>
  /^\/proc\/(self|thread-self|\d+)(\/|$)/.test(posix.normalize(`/${path}`).replace(/^\/+/, '/'));
