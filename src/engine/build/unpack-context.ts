/** Unpacks a context that came as a tar: plain files, folders and symlinks, never outside of the target. */
import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import { decompress, readTar, TAR_END, tarWriter } from '../../layerfs/index.ts';
import { runCommand } from '../command.ts';
import { EngineError } from '../errors.ts';

/**
 * The members are rewritten first: names cleaned, anything but files, folders and links dropped, entries below a symlink of the
 * archive refused. GNU tar then meets a folder that holds only what this stream made.
 */
export async function unpackContext(file: string, target: string, signal?: AbortSignal): Promise<void> {
  const source = createReadStream(file);
  const plain = await decompress(source);
  // a refused member ends the program that unpacks: it would wait for the rest for ever
  const stop = new AbortController();
  let refused: unknown;
  async function* watched() {
    try {
      yield* cleanMembers(plain as AsyncIterable<Buffer>);
    } catch (error) {
      refused = error;
      stop.abort();
    }
  }
  const input = Readable.from(watched(), { objectMode: false });
  const ends = signal === undefined ? stop.signal : AbortSignal.any([signal, stop.signal]);
  const args = [
    '-x',
    '-f',
    '-',
    '-C',
    target,
    '--no-same-owner',
    '--same-permissions',
    '--keep-directory-symlink',
  ];
  try {
    await runCommand('tar', args, { input, signal: ends });
  } catch (error) {
    throw refused ?? error;
  } finally {
    input.destroy();
    source.destroy();
  }
  if (refused !== undefined) throw refused;
}

async function* cleanMembers(archive: AsyncIterable<Buffer>): AsyncGenerator<Buffer, void, void> {
  const links = new Set<string>();
  for await (const { packed, content: _, ...entry } of readTar(archive)) {
    const name = cleanName(entry.name);
    const isWanted =
      entry.type === 'file' ||
      entry.type === 'directory' ||
      entry.type === 'symlink' ||
      entry.type === 'hardlink';
    if (name === '' || !isWanted) continue;
    const parents = name
      .split('/')
      .slice(0, -1)
      .map((_, index, parts) => parts.slice(0, index + 1).join('/'));
    if ([...parents, name].some((path) => links.has(path))) {
      throw new EngineError(
        'INVALID_ARGUMENT',
        `build context: ${JSON.stringify(entry.name)} lies below a symlink of the archive`,
      );
    }
    if (entry.type === 'symlink') links.add(name);
    const linkName = entry.type === 'hardlink' ? cleanName(entry.linkName) : entry.linkName;
    if (
      entry.type === 'hardlink' &&
      [...linkName.split('/').keys()].some((index) =>
        links.has(
          linkName
            .split('/')
            .slice(0, index + 1)
            .join('/'),
        ),
      )
    ) {
      throw new EngineError(
        'INVALID_ARGUMENT',
        `build context: ${JSON.stringify(entry.name)} links through a symlink of the archive`,
      );
    }
    const header = { ...entry, name, linkName, xattrs: new Map() };
    yield* (await tarWriter()).encodeTarMember(header, packed);
  }
  yield TAR_END;
}

function cleanName(name: string): string {
  const parts: string[] = [];
  for (const part of name.split('/')) {
    if (part === '..')
      throw new EngineError(
        'INVALID_ARGUMENT',
        `build context: ${JSON.stringify(name)} leads out of the context`,
      );
    if (part !== '' && part !== '.') parts.push(part);
  }
  return parts.join('/');
}
