/** What `cp` needs beside a container's verbs: archives of this machine's files. Each is loaded at its first use. */
import type { Readable } from 'node:stream';
import type { PackOptions } from './containers/files/local-copy.ts';

/** A file or folder of this machine as a tar stream; see containers/files/local-copy.ts. */
export async function packLocal(path: string, options: PackOptions): Promise<Readable> {
  return (await import('./containers/files/local-copy.ts')).packLocal(path, options);
}

/** Unpacks an archive in a folder of this machine; see containers/files/local-copy.ts. */
export async function unpackLocal(
  folder: string,
  stream: Readable,
  options: { keepOwner?: boolean; signal?: AbortSignal } = {},
): Promise<void> {
  return (await import('./containers/files/local-copy.ts')).unpackLocal(folder, stream, options);
}

/** The archive with another name for its first entry; see containers/files/rebase-tar.ts. */
export async function rebaseTar(source: AsyncIterable<Buffer>, name: string): Promise<Readable> {
  const { Readable } = await import('node:stream');
  const { rebaseTar: rebase } = await import('./containers/files/rebase-tar.ts');
  return Readable.from(rebase(source, name), { objectMode: false });
}
