/** Mounts and unmounts overlays (kernel Documentation/filesystems/overlayfs.rst). */
import { readFileSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { LayerError } from '../errors.ts';
import { runProgram } from './program.ts';

export interface OverlayMount {
  /** directory that the other names count from: options must fit in one page */
  cwd: string;
  /** topmost first */
  lower: readonly string[];
  upper: string;
  work: string;
  target: string;
}

/** mount(2) copies one page of options, the last byte is the end of the string. */
const OPTIONS_LIMIT_BYTES = 4095;

/** Throws PERMISSION_DENIED, FAILED_PRECONDITION (too many layers), INTERNAL with mount's own words. */
export async function mountOverlay(mount: OverlayMount): Promise<void> {
  // The upper directory alone must say what changed: no redirects, no metadata-only copies, whatever the kernel's defaults are.
  const options = `lowerdir=${mount.lower.join(':')},upperdir=${mount.upper},workdir=${mount.work},index=off,redirect_dir=off,metacopy=off`;
  if (options.length > OPTIONS_LIMIT_BYTES)
    throw new LayerError('FAILED_PRECONDITION', `too many layers to mount: ${mount.lower.length}`);
  const args = ['-n', '-i', '-t', 'overlay', '-o', options, 'overlay', mount.target];
  const { exitCode, stderr } = await runProgram('mount', args, mount.cwd);
  if (exitCode === 0) return;
  const denied = process.getuid?.() !== 0 || /permission denied|must be superuser/i.test(stderr);
  throw new LayerError(denied ? 'PERMISSION_DENIED' : 'INTERNAL', `mounting ${mount.target}: ${stderr}`, {
    hint: denied ? 'mounting needs root' : 'look at the last lines of `dmesg`',
  });
}

/** When something still works inside, the mount disappears from the tree now and from the kernel when that ends. */
export async function unmountPath(target: string): Promise<void> {
  const { exitCode } = await runProgram('umount', ['-n', '-i', target]);
  if (exitCode === 0 || !isMounted(target)) return;
  const lazily = await runProgram('umount', ['-n', '-i', '-l', target]);
  if (lazily.exitCode !== 0 && isMounted(target))
    throw new LayerError('INTERNAL', `unmounting ${target}: ${lazily.stderr}`);
}

/** A mount is a file system of its own, hence another device number than the directory above. */
export function isMounted(target: string): boolean {
  const here = statSync(target, { throwIfNoEntry: false });
  return here !== undefined && here.dev !== statSync(dirname(target)).dev;
}

/** Mount points at or below `directory`, innermost first (proc(5), mountinfo; octal escapes). */
export function mountsBelow(directory: string): string[] {
  const points = readFileSync('/proc/self/mountinfo', 'utf8')
    .split('\n')
    .map((line) => line.split(' ')[4] ?? '');
  const paths = points.map((text) =>
    text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8))),
  );
  return paths.filter((path) => path === directory || path.startsWith(`${directory}/`)).reverse();
}
