/** Renames the first component of a tar's entries while it passes: how a copy gets another name. */
import { readTar, TAR_END, tarWriter } from '../../../layerfs/index.ts';

/**
 * The archive with its first entry called `name`, all below it moved along; '' drops the first entry and keeps what is in it.
 * Throws DATA_LOSS for what is no tar.
 */
export async function* rebaseTar(
  source: AsyncIterable<Buffer>,
  name: string,
): AsyncGenerator<Buffer, void, void> {
  const { encodeTarMember } = await tarWriter();
  let old: string | undefined;
  const rename = (path: string) => joined(name, below(path, old!));
  for await (const { packed, content: _, ...entry } of readTar(source)) {
    old ??= trimmed(entry.name);
    const linkName = entry.type === 'hardlink' ? rename(entry.linkName) : entry.linkName;
    const header = { ...entry, name: rename(entry.name), linkName };
    if (header.name === '') continue;
    yield* encodeTarMember(header, packed);
  }
  yield TAR_END;
}

const trimmed = (path: string): string => path.replace(/\/+$/, '');

/** What stands after the first component: '' for the first entry itself. */
function below(path: string, old: string): string {
  const clean = trimmed(path);
  if (clean === old) return '';
  return clean.startsWith(`${old}/`) ? clean.slice(old.length + 1) : clean;
}

const joined = (folder: string, name: string): string =>
  folder === '' || name === '' ? folder + name : `${folder}/${name}`;
