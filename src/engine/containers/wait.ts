/** Waits for the end of a container: woken by its exit file and by changes of the database, never by a busy loop. */
import { existsSync, type FSWatcher, watch } from 'node:fs';
import { dirname } from 'node:path';
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { eventsAfter, lastEventSeq } from '../state/events.ts';
import type { ContainerRecord } from '../types/containers.ts';
import { handleExit, hasEnded } from './exited.ts';
import { exitDir } from './paths.ts';
import { containerDocuments, findContainer } from './records.ts';

/** A monitor that was killed wakes nobody: look again this often. */
const CHECK_MS = 5000;

export interface WaitOptions {
  condition?: 'not-running' | 'next-exit' | 'removed';
  signal?: AbortSignal;
}

/** Docker's POST /containers/ID/wait. Throws NOT_FOUND, CANCELED on abort. Whoever waits also does the cleaning up, when it is first. */
export async function wait(
  ctx: Context,
  nameOrId: string,
  options: WaitOptions = {},
): Promise<{ StatusCode: number }> {
  const record = findContainer(ctx, nameOrId);
  const condition = options.condition ?? 'not-running';
  if (condition === 'not-running' && !record.State.Running && !record.State.Restarting)
    return { StatusCode: record.State.ExitCode };
  const waiter = new Waiter(ctx, record, condition);
  try {
    return { StatusCode: await waiter.run(options.signal) };
  } finally {
    waiter.close();
  }
}

class Waiter {
  readonly #ctx: Context;
  readonly #id: string;
  readonly #condition: string;
  readonly #watchers: FSWatcher[] = [];
  #seen: number;
  #exitCode: number | undefined;
  #isGone = false;
  #wasRestarting = false;
  #isDirty = true;
  #wake: (() => void) | undefined;

  constructor(ctx: Context, record: ContainerRecord, condition: string) {
    this.#ctx = ctx;
    this.#id = record.Id;
    this.#condition = condition;
    this.#seen = lastEventSeq(ctx.state);
    // the waiting starts with the record read before: nothing may get lost between the two
    if (condition === 'removed') this.#exitCode = record.State.Running ? undefined : record.State.ExitCode;
    for (const folder of [exitDir(ctx, record.Id), dirname(ctx.paths.database)]) {
      if (existsSync(folder)) this.#watchers.push(watch(folder, () => this.#notice()));
    }
  }

  async run(signal: AbortSignal | undefined): Promise<number> {
    const abort = () => this.#notice();
    const timer = setInterval(() => this.#notice(), CHECK_MS);
    signal?.addEventListener('abort', abort);
    try {
      for (;;) {
        if (signal?.aborted) throw new EngineError('CANCELED', 'wait: canceled');
        const code = await this.#check();
        if (code !== undefined) return code;
        await this.#sleep();
      }
    } finally {
      clearInterval(timer);
      signal?.removeEventListener('abort', abort);
    }
  }

  close(): void {
    for (const watcher of this.#watchers) watcher.close();
  }

  #notice(): void {
    this.#isDirty = true;
    this.#wake?.();
  }

  async #sleep(): Promise<void> {
    while (!this.#isDirty) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#isDirty = false;
  }

  /** The exit code once the condition holds. */
  async #check(): Promise<number | undefined> {
    const record = containerDocuments(this.#ctx).get(this.#id);
    if (record !== undefined && hasEnded(this.#ctx, record)) await handleExit(this.#ctx, this.#id);
    for (const { seq, event } of eventsAfter(this.#ctx.state, this.#seen)) {
      this.#seen = seq;
      if (event.Actor.ID !== this.#id) continue;
      if (event.Action === 'die') this.#exitCode = Number(event.Actor.Attributes['exitCode']);
      if (event.Action === 'destroy') this.#isGone = true;
    }
    const now = containerDocuments(this.#ctx).get(this.#id);
    if (now === undefined || this.#isGone) return this.#exitCode ?? 0;
    if (this.#condition === 'removed') return undefined;
    const isDown = !now.State.Running && !now.State.Restarting;
    // Docker wakes whoever waits when a pending restart is called off
    const isEnd = this.#condition === 'not-running' || this.#wasRestarting;
    this.#wasRestarting = now.State.Restarting;
    return this.#exitCode ?? (isDown && isEnd ? now.State.ExitCode : undefined);
  }
}
