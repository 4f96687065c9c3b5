/** A container's root mounted for one job of this process: export, copies. Running containers are not disturbed. */
import { Readable } from 'node:stream';
import type { Context } from '../context.ts';
import { randomHex } from '../random.ts';
import { areaKey } from './paths.ts';

export interface RootMount {
  /** absolute path of the root, without what the container has mounted inside */
  path: string;
  /** Ends the use; calling it again does nothing. */
  release(): Promise<void>;
}

/** The holder's name ends with our pid, so that the store forgets it when this process is killed. */
export async function mountRoot(ctx: Context, id: string, purpose: string): Promise<RootMount> {
  const store = await ctx.layers();
  const holder = `${purpose}-${randomHex(16)}:${process.pid}`;
  const path = await store.mount(areaKey(id), { holder });
  const release = once(() => store.unmount(areaKey(id), { holder }));
  return { path, release };
}

/** `fn`, run at the first call only. */
export function once(fn: () => Promise<void>): () => Promise<void> {
  let result: Promise<void> | undefined;
  return () => {
    result ??= fn();
    return result;
  };
}

/** A stream that ends only when `release` is done; also released when it is destroyed or never read. */
export function releasing(bytes: AsyncIterable<Buffer>, release: () => Promise<void>): Readable {
  async function* read() {
    try {
      yield* bytes;
    } finally {
      await release();
    }
  }
  const stream = Readable.from(read(), { objectMode: false });
  // A generator that was never asked runs no finally.
  stream.once('close', () => void release());
  return stream;
}
