/** Every key of the screen: the bindings, the help, the hints and the documents are made from this table. */
import type { Binding } from './binding.ts';
import { detailBindings } from './detail-bindings.ts';
import { listBindings } from './list-bindings.ts';
import { objectBindings } from './object-bindings.ts';

export const keyTable: readonly Binding[] = [...detailBindings, ...objectBindings, ...listBindings];

const NAMES: Readonly<Record<string, string>> = {
  up: '↑',
  down: '↓',
  left: '←',
  right: '→',
  pageup: 'PgUp',
  pagedown: 'PgDn',
  enter: 'Enter',
  esc: 'Esc',
  space: 'Space',
  tab: 'Tab',
  'shift+tab': 'S-Tab',
  home: 'Home',
  end: 'End',
};

/** How a key is written for people: 'ctrl+u' → '^U'. */
export function keyLabel(key: string): string {
  if (/^f\d+$/.test(key)) return key.toUpperCase();
  return NAMES[key] ?? key.replace(/^ctrl\+(.)$/, (_, letter: string) => `^${letter.toUpperCase()}`);
}
