/**
 * Turns the entries of an untrusted layer into instructions that are safe to carry out by path: every name resolved inside the
 * root, whiteouts in overlayfs's form (kernel Documentation/filesystems/overlayfs.rst, "whiteouts and opaque directories").
 */
import { emptyHeader, type TarHeader } from '../tar/entry.ts';
import {
  badEntry,
  cleanComponents,
  type DirectoryNode,
  FILE,
  joinPath,
  LayerTree,
  type TreeNode,
  WHITEOUT,
} from './layer-tree.ts';

/** One step of unpacking. `path` is relative to the layer's root and free of symlinks and dots. */
export type Step =
  | { do: 'make'; header: TarHeader }
  /** remove what an earlier entry made at `path`, recursively */
  | { do: 'remove'; path: string };

const WHITEOUT_PREFIX = '.wh.';
const OPAQUE_MARK = '.wh..wh..opq';
/** aufs's own metadata (.wh..wh.plnk, .wh..wh.aufs): Docker ignores it. */
const META_PREFIX = '.wh..wh.';

export class Sanitizer {
  readonly #tree = new LayerTree((node) => this.#makeDirectory(node));
  readonly #directories: DirectoryNode[] = [this.#tree.root];
  #steps: Step[] = [];
  /** bytes of the files' content seen so far */
  sizeBytes = 0;

  /** The steps for one entry; its content belongs to the last step, a 'file'. Throws INVALID_ARGUMENT. */
  add(header: TarHeader): Step[] {
    this.#steps = [];
    const components = cleanComponents(header.name);
    const base = components.at(-1);
    if (base === undefined) this.#root(header);
    else if (base === OPAQUE_MARK) this.#parentOf(components, header.name).opaque = true;
    else if (components.some((part) => part.startsWith(META_PREFIX))) return [];
    else if (base.startsWith(WHITEOUT_PREFIX)) this.#whiteout(components, header.name);
    else this.#entry(components, header);
    return this.#steps;
  }

  /** The metadata of all directories, to be set when nothing is made in them any more. */
  directories(): TarHeader[] {
    return this.#directories.filter((node) => this.#isCurrent(node)).map(finalHeader);
  }

  /** Paths of the directories that hide what lower layers have below them; '' is the root. */
  opaqueDirectories(): string[] {
    const opaque = this.#directories.filter((node) => node.opaque && this.#isCurrent(node));
    return opaque.map(({ path }) => path).sort();
  }

  #root(header: TarHeader): void {
    if (header.type !== 'directory') throw badEntry(header.name, 'the root is a directory');
    this.#tree.root.header = header;
  }

  #parentOf(components: readonly string[], name: string): DirectoryNode {
    const parents = components.slice(0, -1);
    if (parents.some((part) => part.startsWith(WHITEOUT_PREFIX)))
      throw badEntry(name, 'lies below a whiteout');
    return this.#tree.resolveDirectory(parents, name);
  }

  /** Whiteouts hide what lower layers have; entries of the same layer stay (OCI image spec, layer.md "Whiteouts"). */
  #whiteout(components: readonly string[], name: string): void {
    const hidden = components.at(-1)!.slice(WHITEOUT_PREFIX.length);
    if (hidden === '' || hidden === '.' || hidden === '..') throw badEntry(name, 'whiteout of nothing');
    const parent = this.#parentOf(components, name);
    const existing = parent.children.get(hidden);
    if (existing?.kind === 'directory') existing.opaque = true;
    if (existing !== undefined) return;
    this.#tree.set(parent, hidden, WHITEOUT);
    this.#make({ ...emptyHeader, type: 'char', mode: 0, name: joinPath(parent, hidden) });
  }

  #entry(components: readonly string[], header: TarHeader): void {
    const name = components.at(-1)!;
    const parent = this.#parentOf(components, header.name);
    const existing = parent.children.get(name);
    if (header.type === 'directory') {
      this.#directory(parent, name, header);
      return;
    }
    checkObject(header);
    const linkName = header.type === 'hardlink' ? this.#linkTarget(header, existing) : header.linkName;
    if (linkName === undefined) return;
    if (existing?.kind === 'directory') this.#steps.push({ do: 'remove', path: existing.path });
    this.#tree.set(
      parent,
      name,
      header.type === 'symlink' ? { kind: 'symlink', target: header.linkName } : FILE,
    );
    if (header.type === 'file') this.sizeBytes += header.sizeBytes;
    this.#make({ ...header, linkName, name: joinPath(parent, name) });
  }

  #directory(parent: DirectoryNode, name: string, header: TarHeader): void {
    const existing = parent.children.get(name);
    if (existing?.kind === 'directory') {
      existing.header = header;
      return;
    }
    if (existing !== undefined) this.#steps.push({ do: 'remove', path: joinPath(parent, name) });
    this.#tree.addDirectory(parent, name).header = header;
  }

  /** Path of a hard link's target; undefined when it is the link itself. An absolute target counts from the root. */
  #linkTarget(header: TarHeader, existing: TreeNode | undefined): string | undefined {
    const components = cleanComponents(header.linkName, header.name);
    const base = components.pop();
    if (base === undefined) throw badEntry(header.name, 'hard link to a directory');
    const parent = this.#tree.resolveDirectory(components, header.name);
    const target = parent.children.get(base);
    if (target === undefined || target.kind === 'whiteout')
      throw badEntry(
        header.name,
        `hard link to ${JSON.stringify(header.linkName.slice(0, 200))}, which is not in the layer`,
      );
    if (target.kind === 'directory') throw badEntry(header.name, 'hard link to a directory');
    return target === existing && this.#samePath(header, parent, base) ? undefined : joinPath(parent, base);
  }

  #samePath(header: TarHeader, parent: DirectoryNode, base: string): boolean {
    const own = cleanComponents(header.name);
    return this.#parentOf(own, header.name) === parent && own.at(-1) === base;
  }

  #makeDirectory(node: DirectoryNode): void {
    const parent = node.parent!;
    const name = node.path.slice(parent.path === '' ? 0 : parent.path.length + 1);
    if (node.opaque && !this.#steps.some((step) => step.do === 'remove' && step.path === node.path))
      this.#steps.push({ do: 'remove', path: joinPath(parent, name) });
    this.#directories.push(node);
    this.#make({ ...emptyHeader, type: 'directory', mode: 0o700, name: node.path });
  }

  /** False for a directory that a later entry has replaced. */
  #isCurrent(node: DirectoryNode): boolean {
    for (let at = node; at.parent !== undefined; at = at.parent) {
      const name = at.path.slice(at.parent.path === '' ? 0 : at.parent.path.length + 1);
      if (at.parent.children.get(name) !== at) return false;
    }
    return true;
  }

  #make(header: TarHeader): void {
    this.#steps.push({
      do: 'make',
      header: { ...header, name: `./${header.name}`, xattrs: allowedXattrs(header) },
    });
  }
}

/** Limits of the kernel's device numbers (include/linux/kdev_t.h): what is larger does not fit the header we write. */
const MAJOR_LIMIT = 2 ** 12;
const MINOR_LIMIT = 2 ** 20;

/** Throws INVALID_ARGUMENT for what would become something else on the disk than in the tree. */
function checkObject({ name, type, linkName, devMajor, devMinor }: TarHeader): void {
  if (type === 'symlink' && linkName.includes('\0'))
    throw badEntry(name, 'target of the symlink contains a null byte');
  if (type !== 'char' && type !== 'block') return;
  if (!(devMajor >= 0 && devMajor < MAJOR_LIMIT && devMinor >= 0 && devMinor < MINOR_LIMIT))
    throw badEntry(name, 'device number out of range');
  if (type === 'char' && devMajor === 0 && devMinor === 0)
    throw badEntry(name, 'character device 0/0 is reserved for whiteouts');
}

function finalHeader(node: DirectoryNode): TarHeader {
  const header = node.header ?? { ...emptyHeader, type: 'directory' as const, mode: 0o755 };
  const xattrs = new Map(allowedXattrs(header));
  if (node.opaque && node.parent !== undefined) xattrs.set('trusted.overlay.opaque', Buffer.from('y'));
  return { ...header, name: node.path === '' ? './' : `./${node.path}/`, xattrs };
}

/** Without overlayfs's own attributes: from a tar they could hide or redirect what other layers have. */
function allowedXattrs(header: TarHeader): ReadonlyMap<string, Buffer> {
  if (header.xattrs.size === 0) return header.xattrs;
  return new Map([...header.xattrs].filter(([name]) => !/^(trusted|user)\.overlay\./.test(name)));
}
