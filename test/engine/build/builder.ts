/** Builds in a store of their own: contexts written as objects, events gathered, failures taken apart. */
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { BuildEvent, BuildFailure, BuildOptions } from '../../../src/engine/index.ts';
import { shared } from '../../support/shared.ts';
import { openTestStore, type TestStore } from '../../support/store.ts';

/** Content by path; a string that begins with '-> ' is a symlink. */
export type Files = Record<string, string | Uint8Array>;

export interface Built {
  imageId: string;
  events: BuildEvent[];
  /** what RUN printed */
  output: string;
  /** titles of the steps that ran, and of those the cache had; only those in brackets with a number */
  ran: string[];
  cached: string[];
}

export interface Failed {
  message: string;
  code: string;
  hint?: string;
  failure?: BuildFailure;
  output: string;
  events: BuildEvent[];
}

export interface TestBuilder {
  store: TestStore;
  /** Writes a context and returns its folder. */
  context(files: Files): string;
  build(files: Files | string, options?: Partial<BuildOptions>): Promise<Built>;
  fails(files: Files | string, options?: Partial<BuildOptions>): Promise<Failed>;
  /** Runs a command of an image and returns what it prints. */
  run(image: string, ...command: string[]): Promise<string>;
  /** Closes everything and proves that nothing is left. */
  close(): Promise<void>;
}

/** One for all tests of a describe. */
export const sharedBuilder = (): TestBuilder => shared(openTestBuilder, (builder) => builder.close());

async function openTestBuilder(): Promise<TestBuilder> {
  const store = await openTestStore();
  const base = mkdtempSync(join(store.root, 'contexts-'));
  const context = (files: Files) => {
    const folder = mkdtempSync(join(base, 'c-'));
    writeFiles(folder, files);
    return folder;
  };
  const gather = async (files: Files | string, options: Partial<BuildOptions>) => {
    const path = typeof files === 'string' ? files : context(files);
    const events: BuildEvent[] = [];
    const job = store.engine.builder.build({
      context: { type: 'folder', path },
      network: 'none',
      ...options,
    });
    try {
      for (;;) {
        const next = await job.next();
        if (next.done) return { events, imageId: next.value.imageId };
        events.push(next.value);
      }
    } catch (error) {
      return { events, error };
    }
  };
  return {
    store,
    context,
    async build(files, options = {}) {
      const { events, imageId, error } = await gather(files, options);
      if (imageId === undefined) throw error;
      return { imageId, events, output: outputOf(events), ...stepsOf(events) };
    },
    async fails(files, options = {}) {
      const { events, error } = await gather(files, options);
      if (error === undefined) throw new Error('the build succeeded');
      return { ...describe(error), output: outputOf(events), events };
    },
    async run(image, ...command) {
      const { stdout, stderr, code } = await store.run(command, { Image: image });
      if (code !== 0) throw new Error(`exit ${code}: ${stdout}${stderr}`);
      return stdout;
    },
    close: store.close,
  };
}

export function writeFiles(folder: string, files: Files): void {
  for (const [name, content] of Object.entries(files)) {
    const path = join(folder, name);
    mkdirSync(dirname(path), { recursive: true });
    rmSync(path, { force: true });
    if (typeof content === 'string' && content.startsWith('-> ')) {
      symlinkSync(content.slice(3), path);
      continue;
    }
    writeFileSync(path, content);
    chmodSync(path, name.endsWith('.sh') ? 0o755 : 0o644);
    // whatever the umask is
    for (let above = dirname(path); above.length >= folder.length; above = dirname(above))
      chmodSync(above, 0o755);
  }
}

const outputOf = (events: readonly BuildEvent[]) =>
  events.map((event) => (event.type === 'output' ? event.data.toString() : '')).join('');

/** Without the internal steps and FROM. */
function stepsOf(events: readonly BuildEvent[]): { ran: string[]; cached: string[] } {
  const names = new Map<number, string>();
  const steps = { ran: [] as string[], cached: [] as string[] };
  for (const event of events) {
    if (event.type === 'step') names.set(event.step, event.name);
    if (event.type !== 'done') continue;
    const name = names.get(event.step)!;
    if (/^\[.*\d+\/\d+\] (?!FROM)/.test(name)) steps[event.isCached ? 'cached' : 'ran'].push(name);
  }
  return steps;
}

function describe(error: unknown): Pick<Failed, 'message' | 'code' | 'hint' | 'failure'> {
  const { message, code, hint, failure } = error as Failed;
  return { message, code, ...(hint && { hint }), ...(failure && { failure }) };
}
