/** The change feed: Docker-shaped events in the database, seen by every process that watches it. */
import { nowMs } from '../clock.ts';
import type { EngineEvent } from '../types/events.ts';
import type { State } from './state.ts';

/**
 * Older events are dropped: a feed, not an archive. Those of execs have a number of their own: health checks, three of each, and scripts
 * that look every second would push all else out within the hour.
 */
const KEEP_EVENTS = 5000;
const KEEP_EXEC_EVENTS = 1000;
const IS_OF_EXEC = "body ->> 'Action' GLOB 'exec_*'";
/** How often old ones are looked for, in events. */
const FORGET_EVERY = 256;
const NS_PER_MS = 1_000_000n;

/** What the caller says of an event; time is added here. */
export interface EventInput {
  Type: EngineEvent['Type'];
  Action: string;
  id: string;
  attributes?: Record<string, string>;
}

/** Nanoseconds since 1970, exact to microseconds, so that events have an order in time too. */
function nowNanos(): bigint {
  const ms = nowMs();
  return BigInt(Math.floor(ms)) * NS_PER_MS + BigInt(Math.floor((ms % 1) * 1000)) * 1000n;
}

export function recordEvent(state: State, input: EventInput): void {
  const timeNano = nowNanos();
  const body = {
    Type: input.Type,
    Action: input.Action,
    Actor: { ID: input.id, Attributes: input.attributes ?? {} },
  };
  state.write(() => {
    const { lastInsertRowid } = state
      .prepare('INSERT INTO events (time_ns, body) VALUES (?, ?)')
      .run(timeNano, JSON.stringify(body));
    if (Number(lastInsertRowid) % FORGET_EVERY === 0) forgetOld(state);
  });
}

function forgetOld(state: State): void {
  for (const [kind, kept] of [
    [IS_OF_EXEC, KEEP_EXEC_EVENTS],
    [`NOT ${IS_OF_EXEC}`, KEEP_EVENTS],
  ] as const) {
    const newestToo = `SELECT seq FROM events WHERE ${kind} ORDER BY seq DESC LIMIT 1 OFFSET ?`;
    state.prepare(`DELETE FROM events WHERE ${kind} AND seq <= (${newestToo})`).run(kept);
  }
}

/** What a prune of a kind of objects tells, also when it found nothing. */
export function recordPrune(state: State, Type: EngineEvent['Type'], reclaimedBytes: number): void {
  recordEvent(state, { Type, Action: 'prune', id: '', attributes: { reclaimed: String(reclaimedBytes) } });
}

/** The number of the newest event; 0 in a new store. */
export function lastEventSeq(state: State): number {
  return Number(state.prepare('SELECT max(seq) AS seq FROM events').get()?.['seq'] ?? 0);
}

/** Events after number `seq`, oldest first. */
export function eventsAfter(state: State, seq: number): { seq: number; event: EngineEvent }[] {
  const query = state.prepare('SELECT seq, time_ns, body FROM events WHERE seq > ? ORDER BY seq');
  query.setReadBigInts(true);
  return query.all(seq).map((row) => {
    const timeNano = row['time_ns'] as bigint;
    const body = JSON.parse(row['body'] as string) as Omit<EngineEvent, 'time' | 'timeNano'>;
    const time = Number(timeNano / 1_000_000_000n);
    return { seq: Number(row['seq']), event: { ...body, time, timeNano: timeNano.toString() } };
  });
}
