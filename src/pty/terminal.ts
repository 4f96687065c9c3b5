/** Makes the screen model of a terminal: @xterm/headless with the widths of Unicode 11. */
import unicode11 from '@xterm/addon-unicode11';
import type { Terminal } from '@xterm/headless';
import xterm from '@xterm/headless';

export type { Terminal } from '@xterm/headless';

/** Sizes in cells; `scrollback` in lines above the screen. */
export function createTerminal(cols: number, rows: number, scrollback: number): Terminal {
  const terminal = new xterm.Terminal({ cols, rows, scrollback, allowProposedApi: true });
  terminal.loadAddon(new unicode11.Unicode11Addon());
  terminal.unicode.activeVersion = '11';
  return terminal;
}
