/** Sessions of a test, closed after it, and what they show. */
import { afterEach } from 'vitest';
import { openSession, type Session, type SessionOptions } from '../../src/pty/index.ts';

const DEADLINE_MS = 60_000;
const opened: Session[] = [];

/** Disposes what each test opened. */
export function closesSessions(): void {
  afterEach(async () => {
    await Promise.all(opened.splice(0).map((session) => session.dispose()));
  });
}

export function open(options: SessionOptions): Session {
  const session = openSession(options);
  opened.push(session);
  return session;
}

/** Without colours and the blanks at the ends of lines. */
export const shown = (session: Session): string =>
  session.screen
    .lines()
    .map((line) => line.replace(/\x1b\[[\d;]*m/g, '').trimEnd())
    .join('\n');

export function until(session: Session, isTrue: () => boolean): Promise<void> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`not shown:\n${shown(session)}`)), DEADLINE_MS);
    const check = () => {
      if (!isTrue()) return;
      clearTimeout(timer);
      stop();
      resolve();
    };
    const stop = session.onChange(check);
    queueMicrotask(check);
  });
}

export const showing = (session: Session, text: string | RegExp): Promise<void> =>
  until(session, () =>
    typeof text === 'string' ? shown(session).includes(text) : text.test(shown(session)),
  );
