/** Clicks and wheel on lists, details and terminals. */
import type { MouseInput } from '../input/parse-keys.ts';
import type { Box } from '../state/layout.ts';
import { focusPane, moveCursor, placeCursor } from '../state/moves.ts';
import { currentTab } from '../state/terminals.ts';
import { scrollTextBy } from '../state/texts.ts';
import { LIST_PANES } from '../state/types.ts';
import { windowTop } from '../state/windows.ts';
import { scrollLog } from './detail-bindings.ts';
import { onDialogInput } from './dialog-keys.ts';
import type { Services } from './services.ts';

const WHEEL_ROWS = 3;

const contains = ({ x, y, width, height }: Box, at: MouseInput): boolean =>
  at.x >= x && at.x < x + width && at.y >= y && at.y < y + height;

/** The wheel moves what is open; clicks beside it do nothing. */
const WHEEL_KEYS: Partial<Record<MouseInput['action'], string>> = { 'wheel-up': 'up', 'wheel-down': 'down' };

export function onMouse(services: Services, mouse: MouseInput) {
  const { dialog } = services.store.get();
  const key = WHEEL_KEYS[mouse.action];
  if (dialog !== undefined) {
    if (key !== undefined) onDialogInput(services, dialog, { kind: 'key', key, text: '' });
    return;
  }
  const layout = services.layout();
  const pane = LIST_PANES.find((one) => contains(layout.lists[one], mouse));
  if (pane !== undefined) return onList(services, pane, mouse);
  if (contains(layout.details, mouse)) onDetails(services, mouse);
}

/** Two clicks on a row within this time are Enter. */
const DOUBLE_CLICK_MS = 400;
let lastClick = { at: 0, y: -1 };

function isDoubleClick({ y }: MouseInput): boolean {
  const now = performance.now();
  const isDouble = lastClick.y === y && now - lastClick.at < DOUBLE_CLICK_MS;
  // A third click is no second double click.
  lastClick = { at: isDouble ? 0 : now, y };
  return isDouble;
}

function onList(services: Services, pane: (typeof LIST_PANES)[number], mouse: MouseInput) {
  const { store, layout } = services;
  if (mouse.action === 'press') {
    store.update((state) => {
      const focused = { ...state, ...focusPane(state, pane) };
      const box = layout().lists[pane];
      const row = mouse.y - box.y - 1 + windowTop(pane);
      return row < 0 || mouse.y === box.y
        ? focusPane(state, pane)
        : { ...focusPane(state, pane), ...placeCursor(focused, pane, row) };
    });
    if (isDoubleClick(mouse) && mouse.y !== layout().lists[pane].y) services.openMenu();
  } else if (mouse.action === 'wheel-up' || mouse.action === 'wheel-down') {
    const delta = mouse.action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS;
    store.update((state) => ({
      ...focusPane(state, pane),
      ...moveCursor({ ...state, listPane: pane }, delta),
    }));
  }
}

function onDetails(services: Services, mouse: MouseInput) {
  const { store } = services;
  if (mouse.action === 'press') return store.update((state) => focusPane(state, 'details'));
  if (mouse.action !== 'wheel-up' && mouse.action !== 'wheel-down') return;
  const delta = mouse.action === 'wheel-up' ? -WHEEL_ROWS : WHEEL_ROWS;
  const tab = currentTab(store.get());
  if (tab === 'logs') return scrollLog(services, delta);
  if (tab !== 'terminal') store.update((state) => scrollTextBy(state, delta));
}
