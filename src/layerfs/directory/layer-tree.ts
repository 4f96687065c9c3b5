/**
 * The tree that the entries of one layer have made so far, in memory. It answers where an entry really lands, so that nothing
 * is ever reached through a symlink of the archive: the file system is not asked, hence there is nothing to race with.
 */
import { LayerError } from '../errors.ts';
import type { TarHeader } from '../tar/entry.ts';

export interface DirectoryNode {
  kind: 'directory';
  /** resolved path without a leading slash; '' for the root */
  path: string;
  parent: DirectoryNode | undefined;
  children: Map<string, TreeNode>;
  /** its entry, undefined while it exists only as somebody's parent */
  header: TarHeader | undefined;
  /** hides what lower layers have below it */
  opaque: boolean;
}

export interface LeafNode {
  kind: 'file' | 'whiteout';
}

export interface SymlinkNode {
  kind: 'symlink';
  target: string;
}

export type TreeNode = DirectoryNode | LeafNode | SymlinkNode;

export const FILE: LeafNode = { kind: 'file' };
export const WHITEOUT: LeafNode = { kind: 'whiteout' };

/** As the kernel's limit for one lookup. */
const SYMLINK_LIMIT = 40;
const NAME_LIMIT_BYTES = 255;
const PATH_LIMIT_BYTES = 4096;
/** Bounds the memory of the tree. */
const ENTRY_LIMIT = 4_000_000;

export class LayerTree {
  readonly root: DirectoryNode = directory('', undefined);
  readonly #onDirectory: (node: DirectoryNode) => void;
  #entries = 0;

  /** `onDirectory` is told of every directory that has to be made, parents first. */
  constructor(onDirectory: (node: DirectoryNode) => void) {
    this.#onDirectory = onDirectory;
  }

  /**
   * The directory that `components` lead to from the root, chroot style: symlinks are followed inside the root, missing
   * directories are made. Throws INVALID_ARGUMENT when something on the way is no directory.
   */
  resolveDirectory(components: readonly string[], entryName: string): DirectoryNode {
    let node = this.root;
    const left = components.toReversed();
    for (let links = 0; left.length > 0; ) {
      const name = left.pop()!;
      if (name === '..') {
        node = node.parent ?? node;
        continue;
      }
      const child = node.children.get(name);
      if (child?.kind === 'symlink') {
        if (++links > SYMLINK_LIMIT) throw badEntry(entryName, 'too many levels of symbolic links');
        if (child.target.startsWith('/')) node = this.root;
        left.push(...parts(child.target).toReversed());
      } else {
        node = this.#enter(node, name, entryName);
      }
    }
    return node;
  }

  /** Puts `node` in place. The caller has made room with `needsRemoval`. */
  set(parent: DirectoryNode, name: string, node: TreeNode): void {
    if (++this.#entries > ENTRY_LIMIT)
      throw new LayerError('RESOURCE_EXHAUSTED', `layer has more than ${ENTRY_LIMIT} entries`);
    parent.children.set(name, node);
  }

  /** Adds a directory and reports it. */
  addDirectory(parent: DirectoryNode, name: string): DirectoryNode {
    const node = directory(joinPath(parent, name), parent);
    node.opaque = parent.children.get(name)?.kind === 'whiteout';
    this.set(parent, name, node);
    this.#onDirectory(node);
    return node;
  }

  #enter(node: DirectoryNode, name: string, entryName: string): DirectoryNode {
    const child = node.children.get(name);
    if (child?.kind === 'directory') return child;
    if (child?.kind === 'file') throw badEntry(entryName, `${joinPath(node, name)} is not a directory`);
    checkComponent(name, entryName);
    return this.addDirectory(node, name);
  }
}

function directory(path: string, parent: DirectoryNode | undefined): DirectoryNode {
  return { kind: 'directory', path, parent, children: new Map(), header: undefined, opaque: false };
}

export function joinPath(parent: DirectoryNode, name: string): string {
  return parent.path === '' ? name : `${parent.path}/${name}`;
}

/**
 * The components of an archive's name, cleaned lexically as Docker does: an absolute name counts from the root.
 * Throws INVALID_ARGUMENT when it leads out of the root or is longer than a path may be.
 */
export function cleanComponents(name: string, entryName: string = name): string[] {
  if (Buffer.byteLength(name) > PATH_LIMIT_BYTES) throw badEntry(entryName, 'name too long');
  const result: string[] = [];
  for (const part of parts(name)) {
    if (part !== '..') {
      checkComponent(part, entryName);
      result.push(part);
    } else if (result.pop() === undefined) {
      throw badEntry(entryName, `${JSON.stringify(name.slice(0, 200))} leads out of the layer`);
    }
  }
  return result;
}

/** Throws INVALID_ARGUMENT for what the kernel would take for another name or none. */
function checkComponent(name: string, entryName: string): void {
  if (name.includes('\0')) throw badEntry(entryName, 'name contains a null byte');
  // a lone surrogate stands for one byte but counts three here: only ever too strict
  if (Buffer.byteLength(name) > NAME_LIMIT_BYTES) throw badEntry(entryName, 'file name too long');
}

function parts(path: string): string[] {
  return path.split('/').filter((part) => part !== '' && part !== '.');
}

export function badEntry(name: string, why: string): LayerError {
  return new LayerError(
    'INVALID_ARGUMENT',
    `invalid layer entry ${JSON.stringify(name.slice(0, 200))}: ${why}`,
  );
}
