/** Things that are dear to open: one for all tests of a describe. */
import { afterAll, beforeAll } from 'vitest';

/**
 * What `open` makes before the tests of this describe, closed after them; to be used inside of tests and hooks only.
 * Hooks that a describe adds itself run after the opening and before the closing.
 */
export function shared<T extends object>(open: () => T | Promise<T>, close: (thing: T) => unknown): T {
  let thing: T | undefined;
  beforeAll(async () => {
    thing = await open();
  });
  afterAll(async () => {
    if (thing !== undefined) await close(thing);
  });
  const now = (): T => {
    if (thing === undefined) throw new Error('it is open only while tests run');
    return thing;
  };
  const handler: ProxyHandler<T> = {
    get: (_, name) => Reflect.get(now(), name),
    set: (_, name, value) => Reflect.set(now(), name, value),
  };
  return new Proxy({} as T, handler);
}
