/** Makes one file system object in an open directory: what Node cannot make, devices and extended attributes. */
import { LayerError } from '../errors.ts';
import type { TarEntry } from '../tar/entry.ts';
import { Extractor } from './extractor.ts';

/**
 * Unpacks `entry` in `directory`. Its name must be a single component, so that no link is followed on the way; what has that
 * name already is replaced. Throws INVALID_ARGUMENT for other names and what tar complained about.
 */
export async function extractMember(directory: string, entry: TarEntry, signal?: AbortSignal): Promise<void> {
  if (/[/\0]|^\.{0,2}$/.test(entry.name))
    throw new LayerError('INVALID_ARGUMENT', `invalid name ${JSON.stringify(entry.name)}`);
  const { packed, content: _, ...header } = entry;
  const extractor = new Extractor(directory, signal);
  try {
    await extractor.header(header);
    if (header.type === 'file') {
      for await (const bytes of packed) await extractor.write(bytes);
      await extractor.pad(header);
    }
    await extractor.finish();
  } finally {
    await extractor.kill();
  }
}
