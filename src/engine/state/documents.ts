/** Collections of JSON documents and the names that point at them. */
import { EngineError } from '../errors.ts';
import { isRemade, isWhole } from './record-shapes.ts';
import type { State } from './state.ts';

/**
 * One kind of record, by full id. Values are plain JSON; what comes out is a fresh copy. Reading throws DATA_LOSS for a damaged record; one
 * of a kind that is made again when it is missing is as if it were not there.
 */
export interface Documents<T> {
  get(id: string): T | undefined;
  has(id: string): boolean;
  put(id: string, body: T): void;
  remove(id: string): boolean;
  /** In the order of ids. */
  all(): T[];
  /** Full ids that begin with `prefix`, two at most: enough to tell unique from ambiguous. */
  idsWithPrefix(prefix: string): string[];
}

/** Opens the collection `kind` ('container', 'image', 'volume', 'network', …). */
export function openDocuments<T>(state: State, kind: string): Documents<T> {
  const get = () => state.prepare('SELECT body FROM documents WHERE kind = ? AND id = ?');
  const put = () => state.prepare('INSERT OR REPLACE INTO documents (kind, id, body) VALUES (?, ?, ?)');
  const remove = () => state.prepare('DELETE FROM documents WHERE kind = ? AND id = ?');
  const all = () => state.prepare('SELECT body FROM documents WHERE kind = ? ORDER BY id');
  const allNamed = () => state.prepare('SELECT id, body FROM documents WHERE kind = ? ORDER BY id');
  const prefix = () =>
    state.prepare('SELECT id FROM documents WHERE kind = ? AND id >= ? AND id < ? ORDER BY id LIMIT 2');
  return {
    get: (id) => parse<T>(kind, id, get().get(kind, id)?.['body']),
    has: (id) => get().get(kind, id) !== undefined,
    put: (id, body) => void state.write(() => put().run(kind, id, JSON.stringify(body))),
    remove: (id) => state.write(() => remove().run(kind, id).changes > 0),
    all: () => {
      const records = all()
        .all(kind)
        .map(({ body }) => jsonOf(body as string));
      if (records.every((record) => isWhole(kind, record))) return records as T[];
      // read again with their ids, which are for errors alone
      return allNamed()
        .all(kind)
        .map(({ id, body }) => parse<T>(kind, id as string, body))
        .filter((record) => record !== undefined);
    },
    idsWithPrefix: (start) =>
      prefix()
        .all(kind, start, `${start}\u{10ffff}`)
        .map((row) => row['id'] as string),
  };
}

function parse<T>(kind: string, id: string, body: unknown): T | undefined {
  if (body === undefined) return undefined;
  const record = jsonOf(body as string);
  if (isWhole(kind, record)) return record as T;
  if (isRemade(kind)) return undefined;
  throw new EngineError('DATA_LOSS', `record ${kind} ${id}: it is damaged`, {
    hint: 'boxtop system check tells all that are, and what to do',
  });
}

/** undefined = no JSON */
function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Unique names of one kind of record: container names, image references, volume names. */
export interface Names {
  /** The id a name points at. */
  get(name: string): string | undefined;
  /** Takes a free name. Throws ALREADY_EXISTS, `holder` being the id that has it. */
  claim(name: string, id: string): void;
  /** Points a name at `id`, taking it from its holder; returns the former holder. */
  move(name: string, id: string): string | undefined;
  release(name: string): void;
  namesOf(id: string): string[];
  all(): { name: string; id: string }[];
}

export class NameTakenError extends EngineError {
  readonly holder: string;
  constructor(name: string, holder: string) {
    super('ALREADY_EXISTS', `the name ${name} is in use by ${holder}`);
    this.holder = holder;
  }
}

export function openNames(state: State, kind: string): Names {
  const get = () => state.prepare('SELECT id FROM names WHERE kind = ? AND name = ?');
  const put = () => state.prepare('INSERT OR REPLACE INTO names (kind, name, id) VALUES (?, ?, ?)');
  const remove = () => state.prepare('DELETE FROM names WHERE kind = ? AND name = ?');
  const byId = () => state.prepare('SELECT name FROM names WHERE kind = ? AND id = ? ORDER BY name');
  const all = () => state.prepare('SELECT name, id FROM names WHERE kind = ? ORDER BY name');
  const holder = (name: string) => get().get(kind, name)?.['id'] as string | undefined;
  return {
    get: holder,
    claim: (name, id) =>
      state.write(() => {
        const taken = holder(name);
        if (taken !== undefined && taken !== id) throw new NameTakenError(name, taken);
        put().run(kind, name, id);
      }),
    move: (name, id) =>
      state.write(() => {
        const former = holder(name);
        if (former !== id) put().run(kind, name, id);
        return former;
      }),
    release: (name) => void state.write(() => remove().run(kind, name)),
    namesOf: (id) =>
      byId()
        .all(kind, id)
        .map((row) => row['name'] as string),
    all: () =>
      all()
        .all(kind)
        .map((row) => ({ name: row['name'] as string, id: row['id'] as string })),
  };
}
