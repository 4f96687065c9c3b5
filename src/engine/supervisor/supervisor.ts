/** The one background process of a store: checks health and starts containers again. Ends by itself when nothing of that is left. */
import { existsSync, watch } from 'node:fs';
import { dirname } from 'node:path';
import { retireSupervisor, SUPERVISOR_LOCK, supervisedIds } from '../containers/supervised.ts';
import type { Context } from '../context.ts';
import { messageOf } from '../errors.ts';
import { eventsAfter, lastEventSeq } from '../state/events.ts';
import { tryLock } from '../state/locks.ts';
import { Alarm } from './alarm.ts';
import { lookAfter } from './look-after.ts';

/** Changes of the database are gathered this long: a check alone makes a handful. */
const GATHER_MS = 50;
/** What failed for a reason of ours is tried again, not at once. */
const FAILURE_PAUSE_MS = 10_000;
/** A watch can miss the end of the store itself. */
const CHECK_MS = 5000;

/** Runs until there is nothing to look after; at once when another supervisor of the store does. */
export async function supervise(ctx: Context): Promise<void> {
  if (tryLock(ctx.state, SUPERVISOR_LOCK)) await new Supervisor(ctx).run();
}

class Supervisor {
  readonly #ctx: Context;
  /** what wakes who looks after a container */
  readonly #alarms = new Map<string, Alarm>();
  readonly #changed = new Alarm();
  #seen: number;

  constructor(ctx: Context) {
    this.#ctx = ctx;
    this.#seen = lastEventSeq(ctx.state);
  }

  async run(): Promise<void> {
    const { database } = this.#ctx.paths;
    const watcher = watch(dirname(database), () => this.#changed.ring());
    watcher.on('error', () => this.#changed.ring());
    try {
      while (existsSync(database)) {
        this.#look();
        if (this.#alarms.size === 0 && retireSupervisor(this.#ctx)) return;
        await this.#changed.wait(CHECK_MS);
        await new Promise((resolve) => setTimeout(resolve, GATHER_MS));
      }
    } finally {
      watcher.close();
    }
  }

  /** Wakes those whose container changed, and begins with those that are new. */
  #look(): void {
    this.#changed.reset();
    for (const { seq, event } of eventsAfter(this.#ctx.state, this.#seen)) {
      this.#seen = seq;
      if (event.Type === 'container' && !isOfCheck(event.Action)) this.#alarms.get(event.Actor.ID)?.ring();
    }
    const ids = new Set(supervisedIds(this.#ctx));
    for (const [id, alarm] of this.#alarms) if (!ids.has(id)) alarm.ring();
    for (const id of ids) if (!this.#alarms.has(id)) this.#begin(id);
  }

  #begin(id: string): void {
    const alarm = new Alarm();
    this.#alarms.set(id, alarm);
    lookAfter(this.#ctx, id, alarm)
      .catch(async (error: unknown) => {
        process.stderr.write(`${id}: ${messageOf(error)}\n`);
        await new Promise((resolve) => setTimeout(resolve, FAILURE_PAUSE_MS));
      })
      .finally(() => {
        this.#alarms.delete(id);
        this.#changed.ring();
      });
  }
}

const isOfCheck = (action: string): boolean => /^(exec_|health_status)/.test(action);
