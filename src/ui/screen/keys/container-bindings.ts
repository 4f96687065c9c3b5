/** What can be done with containers. */

import { newBoard } from '../state/board.ts';
import { showLogs } from '../state/logs.ts';
import { type ContainerRow, chosenRows, currentContainer, keptMarks } from '../state/rows.ts';
import type { ScreenState } from '../state/types.ts';
import type { Binding } from './binding.ts';
import {
  attach,
  commit,
  execShell,
  isUp,
  kill,
  pauseOrUnpause,
  removeContainers,
  rename,
  restart,
  startOrStop,
} from './container-actions.ts';
import { hasChosen, hasRow, openTab } from './row-bindings.ts';
import type { Services } from './services.ts';
import { startCommand } from './start-editing.ts';

const isRunning = (state: ScreenState): true | string => {
  const now = currentContainer(state)?.item.State;
  if (now === undefined) return 'nothing is under the cursor';
  if (now === 'paused') return 'the container is paused: p lets it go on';
  if (now === 'restarting') return 'the container is restarting: wait, or s stops it';
  return now === 'running' || 'the container is not running: s starts it';
};
const hasState = (state: ScreenState, ...states: ContainerRow['item']['State'][]): boolean =>
  chosenRows(state).some((row) => row.pane === 'containers' && states.includes(row.item.State));
const canPause = (state: ScreenState): true | string => {
  const chosen = hasChosen(state);
  if (chosen !== true) return chosen;
  if (hasState(state, 'running', 'paused')) return true;
  return hasState(state, 'restarting')
    ? 'the container is restarting: wait, or s stops it'
    : 'the container is not running';
};
const canKill = (state: ScreenState): true | string => {
  const chosen = hasChosen(state);
  if (chosen !== true) return chosen;
  return hasState(state, 'running', 'paused', 'restarting') || 'the container is not running';
};

/** Of the marked containers, or of all that run. */
function openBoard({ store }: Services): void {
  store.update((state) => {
    const marks = keptMarks(state, 'containers');
    return { dialog: { kind: 'stats', board: newBoard(marks.size > 0 ? [...marks] : undefined) } };
  });
}

/** Opens the command line with a command about the chosen containers that wants more words. */
const beginCommand =
  (write: (names: string, first: string) => string) =>
  (services: Services): void => {
    const names = chosenRows(services.store.get()).map(({ name }) => name);
    startCommand(services, write(names.join(' '), names[0] ?? ''));
  };

export const containerBindings: readonly Binding[] = [
  {
    id: 'attach',
    keys: ['a'],
    label: 'attach',
    places: ['containers'],
    hint: 20,
    isInMenu: true,
    when: hasRow,
    run: attach,
  },
  {
    id: 'exec',
    keys: ['e'],
    label: 'exec sh',
    places: ['containers'],
    hint: 21,
    isInMenu: true,
    when: isRunning,
    run: execShell,
  },
  {
    id: 'logs',
    keys: ['l'],
    label: 'logs; of several marked ones as one',
    nowLabel: (state) => {
      const { length } = chosenRows(state);
      return length > 1 ? `${length} logs as one` : 'logs';
    },
    places: ['containers'],
    hint: 22,
    isInMenu: true,
    when: hasChosen,
    run: ({ store }) =>
      store.update((state) =>
        showLogs(
          state,
          chosenRows(state).map(({ id }) => id),
        ),
      ),
  },
  {
    id: 'stats-board',
    keys: ['S'],
    label: 'what containers use, as a table',
    places: ['containers'],
    hint: 24,
    hintLabel: 'stats',
    isInMenu: true,
    run: openBoard,
  },
  {
    id: 'start-stop',
    keys: ['s'],
    label: 'start/stop',
    nowLabel: (state) => {
      const up = chosenRows(state).map((row) => row.pane === 'containers' && isUp(row.item));
      if (up.includes(true) && up.includes(false)) return 'start/stop';
      return up.includes(true) ? 'stop' : 'start';
    },
    places: ['containers'],
    hint: 10,
    isInMenu: true,
    when: hasChosen,
    run: startOrStop,
  },
  {
    id: 'restart',
    keys: ['r'],
    label: 'restart',
    places: ['containers'],
    hint: 11,
    isInMenu: true,
    when: hasChosen,
    run: restart,
  },
  {
    id: 'pause',
    keys: ['p'],
    label: 'pause, or let it go on',
    nowLabel: (state) => {
      if (hasState(state, 'running') && hasState(state, 'paused')) return 'pause/unpause';
      return hasState(state, 'running') ? 'pause' : 'unpause';
    },

    places: ['containers'],
    hint: 12,
    isInMenu: true,
    when: canPause,
    run: pauseOrUnpause,
  },
  {
    id: 'kill',
    keys: ['K'],
    label: 'kill',
    places: ['containers'],
    isInMenu: true,
    when: canKill,
    run: kill,
  },
  {
    id: 'remove',
    keys: ['d', 'delete'],
    label: 'remove',
    places: ['containers'],
    hint: 13,
    isInMenu: true,
    when: hasChosen,
    run: removeContainers,
  },
  {
    id: 'commit',
    keys: ['c'],
    label: 'commit',
    places: ['containers'],
    hint: 23,
    isInMenu: true,
    when: hasRow,
    run: commit,
  },
  {
    id: 'rename',
    keys: ['R'],
    label: 'rename',
    places: ['containers'],
    isInMenu: true,
    when: hasRow,
    run: rename,
  },
  {
    id: 'update',
    keys: ['u'],
    label: 'change limits',
    places: ['containers'],
    isInMenu: true,
    when: hasChosen,
    run: beginCommand((names) => `update | ${names}`),
  },
  {
    id: 'copy-files',
    keys: ['C'],
    label: 'copy files',
    places: ['containers'],
    isInMenu: true,
    when: hasChosen,
    run: beginCommand((_, name) => `cp ${name}:| .`),
  },
  {
    id: 'export',
    keys: ['x'],
    label: 'export its files',
    places: ['containers'],
    isInMenu: true,
    when: hasChosen,
    run: beginCommand((_, name) => `export -o ${name}.tar ${name}`),
  },
  {
    id: 'diff',
    keys: ['D'],
    label: 'what it changed',
    places: ['containers'],
    isInMenu: true,
    when: hasRow,
    run: openTab('diff'),
  },
];
