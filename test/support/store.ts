/** A store of its own with the busybox image, and the proof that nothing is left of it. */
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AttachStream, type ContainerCreate, type Engine, openEngine } from '../../src/engine/index.ts';
import { importBusybox } from './images.ts';
import { footprint, removeWhole } from './leaks.ts';
import { shared } from './shared.ts';

const IMAGE = 'busybox';
const EXIT_COMMAND = resolve(import.meta.dirname, 'exit-command.ts');
const PATIENCE_MS = 60_000;

export interface TestStore {
  engine: Engine;
  root: string;
  /** Creates (network none unless given) and returns the id. */
  create(command: string[], body?: Partial<ContainerCreate>, name?: string): Promise<string>;
  /** Creates, starts attached, reads all output, waits. */
  run(
    command: string[],
    body?: Partial<ContainerCreate>,
  ): Promise<{ id: string; code: number; stdout: string; stderr: string }>;
  /** Removes all containers and the root, and fails when anything is left on the machine. */
  close(): Promise<void>;
}

/** One for all tests of a describe. */
export const sharedStore = (): TestStore => shared(openTestStore, (store) => store.close());

export async function openTestStore(): Promise<TestStore> {
  const root = await mkdtemp(join(tmpdir(), 'boxtop-life-'));
  const before = footprint(root);
  const engine = openEngine({ root, self: [process.execPath, EXIT_COMMAND] });
  await importBusybox(engine, IMAGE);
  const create: TestStore['create'] = async (command, body = {}, name) => {
    const { HostConfig, ...config } = body;
    const full = {
      Image: IMAGE,
      Cmd: command,
      ...config,
      HostConfig: { NetworkMode: 'none', ...HostConfig },
    };
    return (await engine.containers.create(full, name === undefined ? {} : { name })).Id;
  };
  return {
    engine,
    root,
    create,
    run: async (command, body) => {
      const id = await create(command, body);
      // as the command line waits: who records the end may be another process, which removes it only then
      const condition = body?.HostConfig?.AutoRemove ? 'removed' : 'next-exit';
      const exit = engine.containers.wait(id, { condition });
      exit.catch(() => {}); // start fails first
      const stream = (await engine.containers.start(id, { attach: true }))!;
      const output = await readAll(stream);
      return { id, code: (await exit).StatusCode, ...output };
    },
    close: async () => {
      for (const { Id } of await engine.containers.list({ all: true }))
        await engine.containers.remove(Id, { force: true, volumes: true });
      await engine.close();
      await removeWhole(root, before);
    },
  };
}

export async function readAll(stream: AttachStream): Promise<{ stdout: string; stderr: string }> {
  const text = { stdout: '', stderr: '' };
  for await (const { stream: name, data } of stream.output) text[name] += data.toString();
  return text;
}

/** Reads output until it holds `wanted`. */
export async function readUntil(output: AsyncIterator<{ data: Buffer }>, wanted: string): Promise<string> {
  let text = '';
  while (!text.includes(wanted)) {
    const next = await output.next();
    if (next.done) throw new Error(`output ended before ${JSON.stringify(wanted)}: ${JSON.stringify(text)}`);
    text += next.value.data.toString();
  }
  return text;
}

/** Waits until the condition holds, a minute at most. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = Date.now() + PATIENCE_MS;
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not reached within ${PATIENCE_MS} ms: ${condition}`);
    await sleep(20);
  }
}
