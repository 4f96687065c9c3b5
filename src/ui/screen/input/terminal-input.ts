/** Hands the bytes of the keyboard to the focused terminal, but for the detach keys and the mouse. */

import type { MouseEvent, Session } from '../../../pty/index.ts';
import { createDetachRecogniser, DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../../pty/keys.ts';
import { onMouse as onScreenMouse } from '../keys/mouse.ts';
import type { Services } from '../keys/services.ts';
import type { InputHandlers } from './router.ts';

type DetachRecogniser = ReturnType<typeof createDetachRecogniser>;
type Pty = typeof import('../../../pty/index.ts');

const MOUSE = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;
/** More typed ahead than this is dropped. */
const MAX_AHEAD_BYTES = 64 * 1024;

export function createTerminalInput(services: Services): Pick<InputHandlers, 'onBytes' | 'isVerbatim'> {
  return new TerminalInput(services);
}

class TerminalInput {
  readonly #services: Services;
  #recogniser: DetachRecogniser | undefined;
  #owner: Session | undefined;
  #pty: Pty | undefined;
  /** typed while a terminal was about to open */
  #ahead: Buffer[] = [];

  constructor(services: Services) {
    this.#services = services;
    services.sessions.onReady(() => void this.#onReady());
  }

  isVerbatim = (): boolean => {
    const { store, sessions } = this.#services;
    const { dialog, editing } = store.get();
    if (dialog !== undefined || editing !== undefined) return false;
    return sessions.focused() !== undefined || sessions.isOpening();
  };

  onBytes = (bytes: Buffer): Buffer | undefined => {
    const { sessions } = this.#services;
    if (sessions.isOpening() || this.#ahead.length > 0) {
      if (this.#ahead.reduce((sum, part) => sum + part.length, bytes.length) <= MAX_AHEAD_BYTES)
        this.#ahead.push(Buffer.from(bytes));
      return undefined;
    }
    const session = sessions.focused();
    return session === undefined ? bytes : this.#feed(session, bytes);
  };

  async #onReady(): Promise<void> {
    const { sessions } = this.#services;
    // Meant for a terminal that did not come: nobody else may take it.
    if (sessions.focused() === undefined) {
      this.#ahead = [];
      return;
    }
    this.#pty = await import('../../../pty/index.ts');
    const bytes = Buffer.concat(this.#ahead);
    this.#ahead = [];
    const session = sessions.focused();
    if (session !== undefined && bytes.length > 0) this.#feed(session, bytes);
  }

  /** Feeds a terminal; returns what was typed after its detach keys. */
  #feed(session: Session, bytes: Buffer): Buffer | undefined {
    const { store } = this.#services;
    const text = bytes.toString('latin1');
    const rest = text.replace(MOUSE, (_, code: string, x: string, y: string, final: string) => {
      this.#onMouse(session, Number(code), { x: Number(x) - 1, y: Number(y) - 1 }, final === 'm');
      return '';
    });
    const typed = rest === text ? bytes : Buffer.from(rest, 'latin1');
    const { forward, detached, rest: behind } = this.#recogniserOf(session).feed(typed);
    this.#write(session, forward);
    if (!detached) return undefined;
    this.#recogniser?.dispose();
    this.#recogniser = undefined;
    store.update((state) => ({ isTerminalFocused: false, focus: state.listPane, isZoomed: false }));
    store.flush();
    return behind;
  }

  #write(session: Session, bytes: Buffer): void {
    if (bytes.length === 0) return;
    session.write(this.#pty === undefined ? bytes : this.#pty.translateInput(bytes, session.screen.modes));
  }

  #recogniserOf(session: Session): DetachRecogniser {
    if (this.#owner === session && this.#recogniser !== undefined) return this.#recogniser;
    const { store, sessions } = this.#services;
    this.#recogniser?.dispose();
    this.#owner = session;
    const tab = store.get().terminals.find(({ id }) => sessions.get(id) === session);
    const keys = parseDetachKeys(tab?.detachKeys ?? DEFAULT_DETACH_KEYS);
    this.#recogniser = createDetachRecogniser(keys, { onRelease: (bytes) => this.#write(session, bytes) });
    return this.#recogniser;
  }

  #onMouse(session: Session, code: number, at: { x: number; y: number }, isRelease: boolean) {
    const { store, layout } = this.#services;
    const { details, contentColumns, contentRows } = layout();
    if (at.x < details.x && !isRelease && (code & 0x60) === 0)
      return onScreenMouse(this.#services, { kind: 'mouse', action: 'press', button: code & 3, ...at });
    const x = at.x - details.x - 1;
    const y = at.y - details.y - 1;
    if (x < 0 || y < 0 || x >= contentColumns || y >= contentRows || this.#pty === undefined) return;
    const text = this.#pty.encodeMouse({ ...mouseEvent(code, isRelease), x, y }, session.screen.modes);
    if (text !== undefined) {
      session.write(text);
      return;
    }
    if ((code & 64) === 0) return;
    session.screen.scroll(code & 1 ? 3 : -3);
    store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
  }
}

/** Button codes of xterm's SGR mouse mode. */
function mouseEvent(code: number, isRelease: boolean): Omit<MouseEvent, 'x' | 'y'> {
  const modifiers = { shift: (code & 4) !== 0, alt: (code & 8) !== 0, ctrl: (code & 16) !== 0 };
  if (code & 64) return { ...modifiers, kind: 'wheel', button: code & 3 };
  if (code & 32) return { ...modifiers, kind: 'move', button: (code & 3) === 3 ? undefined : code & 3 };
  return { ...modifiers, kind: isRelease ? 'release' : 'press', button: code & 3 };
}
