/** Programs start with a plain umask, whatever ours is. */

/** What a program started in `start` makes has the modes of umask 022: folders for mounts and the working directory are for all users of a container. */
export function withPlainUmask<T>(start: () => T): T {
  let before: number;
  try {
    before = process.umask(0o022);
  } catch {
    return start(); // Node's worker threads can't set it
  }
  try {
    return start();
  } finally {
    process.umask(before);
  }
}
