/** Terminals as a library: a program in a pseudo-terminal with a screen model. Loads node-pty: import it when needed. */
export { encodeMouse, type MouseEvent, translateInput } from './input.ts';
export type { Cursor, Screen, ScreenModes } from './screen.ts';
export { openSession, type Session, type SessionExit, type SessionOptions } from './session.ts';
