/** File capabilities of a stage's programs, which COPY --from keeps. */
import { archiveDirectory, toBytes } from '../../layerfs/index.ts';
import type { ContextFile } from './context-files.ts';

/** The one attribute that Docker copies, too (moby pkg/archive ReadSecurityXattrToTarHeader). */
const CAPABILITY = 'security.capability';
const ANY_EXECUTE = 0o111;

/**
 * Notes the capabilities of the files below `root`. Node cannot read extended attributes, so that GNU tar reads the files; only
 * programs, others have no use for capabilities. Throws CANCELED.
 */
export async function noteCapabilities(
  root: string,
  files: ReadonlyMap<string, ContextFile>,
  signal?: AbortSignal,
): Promise<void> {
  const programs = [...files.values()].filter(({ type, mode }) => type === 'file' && mode & ANY_EXECUTE);
  if (programs.length === 0) return;
  const only = programs.map(({ path }) => toBytes(`./${path}`));
  const found = new Map<string, Buffer>();
  for await (const { name, type, linkName, xattrs } of archiveDirectory(root, { only, signal })) {
    // a further name of a file comes without attributes
    const capability = type === 'hardlink' ? found.get(bare(linkName)) : xattrs.get(CAPABILITY);
    if (capability === undefined) continue;
    found.set(bare(name), capability);
    const file = files.get(bare(name));
    if (file !== undefined) file.xattrs = new Map([[CAPABILITY, capability]]);
  }
}

const bare = (name: string): string => name.replace(/^\.\//, '');
