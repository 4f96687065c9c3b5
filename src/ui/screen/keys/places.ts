/** Which bindings hold now, and what their keys would do. Pure. */
import { chosenRows, currentRow } from '../state/rows.ts';
import { currentTab } from '../state/terminals.ts';
import type { MenuDialog, MenuItem, ScreenState } from '../state/types.ts';
import type { Binding, Place } from './binding.ts';
import { keyLabel, keyTable } from './table.ts';

/** Innermost first. */
export function placesOf(state: ScreenState): readonly Place[] {
  if (state.focus !== 'details') return [state.listPane, 'list', 'global'];
  const tab = currentTab(state);
  const inner: Place = tab === 'logs' || tab === 'stats' || tab === 'terminal' ? tab : 'text';
  return [inner, 'details', state.listPane, 'global'];
}

/** The binding of a key, preferring inner places and, within one, a binding that can run. */
export function bindingOf(state: ScreenState, key: string): Binding | undefined {
  for (const place of placesOf(state)) {
    const found = keyTable.filter((binding) => binding.places.includes(place) && binding.keys.includes(key));
    const ready = found.find((binding) => canRun(binding, state));
    if (ready !== undefined) return ready;
    const isOnlyOptional = found.length > 0 && found.every(({ isOnlyOffered }) => isOnlyOffered === true);
    if (found.length > 0 && !isOnlyOptional) return found[0];
  }
  return undefined;
}

const canRun = (binding: Binding, state: ScreenState): boolean =>
  binding.when === undefined || binding.when(state) === true;

/** What Enter offers for the row under the cursor. */
export function menuItems(state: ScreenState): MenuItem[] {
  const places = placesOf({ ...state, focus: state.listPane });
  return keyTable
    .filter(
      (binding) =>
        binding.isInMenu === true &&
        binding.places.some((place) => places.includes(place)) &&
        canRun(binding, state),
    )
    .map(({ id, keys, label, nowLabel }) => ({
      id,
      label: nowLabel?.(state) ?? label,
      keys: keyLabel(keys[0]!),
    }));
}

/**
 * The items of an open menu as its row is now, and which is chosen. None when the cursor is on another row, its own having gone: what
 * was read for one thing must not be done to another.
 */
export function menuOf(
  state: ScreenState,
  { rowId, itemId, cursor }: MenuDialog,
): { items: MenuItem[]; cursor: number } {
  if (currentRow(state)?.id !== rowId) return { items: [], cursor: 0 };
  const items = menuItems(state);
  const at = items.findIndex(({ id }) => id === itemId);
  return { items, cursor: at >= 0 ? at : Math.max(0, Math.min(cursor, items.length - 1)) };
}

/** Whom an open menu is about: its row as it is named now, and what is marked, which some items are for. */
export function menuTitle(state: ScreenState, { rowId, title }: MenuDialog): string {
  const row = currentRow(state);
  const name = row !== undefined && row.id === rowId ? row.name : title;
  const chosen = chosenRows(state);
  const isRowOnly = chosen.length <= 1 && (chosen[0] === undefined || chosen[0].id === rowId);
  return isRowOnly ? name : `${name} · ${chosen.length} marked`;
}

/** Keys for the bottom line, most useful first. */
export function hintsOf(state: ScreenState): { key: string; label: string }[] {
  const places = placesOf(state);
  const taken = new Set<string>();
  return keyTable
    .filter(
      (binding) =>
        binding.hint !== undefined &&
        binding.places.some((place) => places.includes(place)) &&
        canRun(binding, state),
    )
    .sort((a, b) => a.hint! - b.hint!)
    .filter(({ keys }) => !taken.has(keys[0]!) && taken.add(keys[0]!))
    .map(({ keys, label, nowLabel, hintLabel }) => ({
      key: keyLabel(keys[0]!),
      label: nowLabel?.(state) ?? hintLabel ?? label,
    }));
}
