/** Hands the bytes of the keyboard to the focused terminal, but for the detach keys and the mouse. */

import type { MouseEvent, Session } from '../../../pty/index.ts';
import { createDetachRecogniser, DEFAULT_DETACH_KEYS, parseDetachKeys } from '../../../pty/keys.ts';
import type { Services } from '../keys/services.ts';
import type { InputHandlers } from './router.ts';

type DetachRecogniser = ReturnType<typeof createDetachRecogniser>;
type Pty = typeof import('../../../pty/index.ts');

const MOUSE = /\x1b\[<(\d+);(\d+);(\d+)([Mm])/g;

export function createTerminalInput({
  store,
  sessions,
  layout,
}: Services): Pick<InputHandlers, 'onBytes' | 'isVerbatim'> {
  const keys = parseDetachKeys(DEFAULT_DETACH_KEYS);
  let recogniser: DetachRecogniser | undefined;
  let owner: Session | undefined;
  let pty: Pty | undefined;

  function write(session: Session, bytes: Buffer): void {
    if (bytes.length === 0) return;
    session.write(pty === undefined ? bytes : pty.translateInput(bytes, session.screen.modes));
  }

  function recogniserOf(session: Session): DetachRecogniser {
    if (owner === session && recogniser !== undefined) return recogniser;
    recogniser?.dispose();
    owner = session;
    recogniser = createDetachRecogniser(keys, { onRelease: (bytes) => write(session, bytes) });
    return recogniser;
  }

  function onMouse(session: Session, code: number, at: { x: number; y: number }, isRelease: boolean): void {
    const { details, contentColumns, contentRows } = layout();
    const x = at.x - details.x - 1;
    const y = at.y - details.y - 1;
    if (x < 0 || y < 0 || x >= contentColumns || y >= contentRows || pty === undefined) return;
    const text = pty.encodeMouse({ ...mouseEvent(code, isRelease), x, y }, session.screen.modes);
    if (text !== undefined) {
      session.write(text);
      return;
    }
    if ((code & 64) === 0) return;
    session.screen.scroll(code & 1 ? 3 : -3);
    store.update(({ versions }) => ({ versions: { ...versions, terminal: versions.terminal + 1 } }));
  }

  return {
    isVerbatim: () => sessions.focused() !== undefined && store.get().dialog === undefined,
    onBytes(bytes) {
      const session = sessions.focused();
      if (session === undefined) return bytes;
      // The library is loaded by now: a session is open.
      if (pty === undefined) void import('../../../pty/index.ts').then((loaded) => (pty = loaded));
      const text = bytes.toString('latin1');
      const rest = text.replace(MOUSE, (_, code: string, x: string, y: string, final: string) => {
        onMouse(session, Number(code), { x: Number(x) - 1, y: Number(y) - 1 }, final === 'm');
        return '';
      });
      const { forward, detached } = recogniserOf(session).feed(
        rest === text ? bytes : Buffer.from(rest, 'latin1'),
      );
      write(session, forward);
      if (!detached) return undefined;
      recogniser?.dispose();
      recogniser = undefined;
      store.update((state) => ({ isTerminalFocused: false, focus: state.listPane, isZoomed: false }));
      store.flush();
      return undefined;
    },
  };
}

/** Button codes of xterm's SGR mouse mode. */
function mouseEvent(code: number, isRelease: boolean): Omit<MouseEvent, 'x' | 'y'> {
  const modifiers = { shift: (code & 4) !== 0, alt: (code & 8) !== 0, ctrl: (code & 16) !== 0 };
  if (code & 64) return { ...modifiers, kind: 'wheel', button: code & 3 };
  if (code & 32) return { ...modifiers, kind: 'move', button: (code & 3) === 3 ? undefined : code & 3 };
  return { ...modifiers, kind: isRelease ? 'release' : 'press', button: code & 3 };
}
