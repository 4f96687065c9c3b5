/** Container names: Docker's form, and made-up ones. */
import type { Context } from '../context.ts';
import { EngineError } from '../errors.ts';
import { NameTakenError } from '../state/documents.ts';
import words from './name-words.json' with { type: 'json' };
import { containerNames } from './records.ts';

const VALID = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
const ATTEMPTS = 6;

/** Checks a name the user gave and strips its leading slash. Throws INVALID_ARGUMENT in Docker's words. */
export function checkName(given: string): string {
  const name = given.replace(/^\//, '');
  if (VALID.test(name)) return name;
  throw new EngineError(
    'INVALID_ARGUMENT',
    `Invalid container name (${given}), only [a-zA-Z0-9][a-zA-Z0-9_.-] are allowed`,
  );
}

/** Takes the name for `id`. Throws CONFLICT in Docker's words. */
export function claimName(ctx: Context, name: string, id: string): void {
  try {
    containerNames(ctx).claim(name, id);
  } catch (error) {
    throw error instanceof NameTakenError ? taken(name, error.holder) : error;
  }
}

/** Throws CONFLICT when a container has the name. */
export function checkFree(ctx: Context, name: string): void {
  const holder = containerNames(ctx).get(name);
  if (holder !== undefined) throw taken(name, holder);
}

function taken(name: string, holder: string): EngineError {
  const message =
    `Conflict. The container name "/${name}" is already in use by container "${holder}". ` +
    'You have to remove (or rename) that container to be able to reuse that name.';
  return new EngineError('CONFLICT', message, { exitCode: 125 });
}

/** Takes a made-up name: adjective_surname, with a digit after repeated clashes (moby namesgenerator), the short id at last. */
export function claimRandomName(ctx: Context, id: string): string {
  const names = containerNames(ctx);
  for (let attempt = 0; attempt < ATTEMPTS; attempt += 1) {
    const name = randomName(attempt > 0);
    if (names.get(name) !== undefined) continue;
    names.claim(name, id);
    return name;
  }
  const fallback = id.slice(0, 12);
  names.claim(fallback, id);
  return fallback;
}

/** One made-up name. */
function randomName(isRetry: boolean): string {
  const pick = (list: readonly string[]) => list[Math.floor(Math.random() * list.length)]!;
  for (;;) {
    const name = `${pick(words.adjectives)}_${pick(words.surnames)}`;
    if (!words.forbidden.includes(name)) return isRetry ? `${name}${Math.floor(Math.random() * 10)}` : name;
  }
}
