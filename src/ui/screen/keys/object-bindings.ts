/** What can be done with the objects of each list. */

import { focusPane } from '../state/moves.ts';
import { type ContainerRow, chosenRows, currentContainer } from '../state/rows.ts';
import { showTab } from '../state/terminals.ts';
import type { ScreenState, Tab } from '../state/types.ts';
import type { Binding } from './binding.ts';
import {
  attach,
  commit,
  execShell,
  kill,
  pauseOrUnpause,
  removeContainers,
  rename,
  restart,
  startOrStop,
} from './container-actions.ts';
import {
  createVolume,
  importFirstImage,
  prune,
  pullImage,
  removeImages,
  removeVolumes,
  runImage,
  tagImage,
} from './object-actions.ts';
import type { Services } from './services.ts';
import { startCommand } from './start-editing.ts';

const hasRow = (state: ScreenState): true | string =>
  chosenRows(state).length > 0 || 'nothing is under the cursor';
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
  if (hasState(state, 'running', 'paused')) return true;
  return hasState(state, 'restarting')
    ? 'the container is restarting: wait, or s stops it'
    : 'the container is not running';
};
const canKill = (state: ScreenState): true | string =>
  hasState(state, 'running', 'paused', 'restarting') || 'the container is not running';

const openTab =
  (tab: Tab) =>
  ({ store }: Services) =>
    store.update((state) => ({ ...showTab(state, tab), ...focusPane(state, 'details') }));

/** Opens the command line with a command about the chosen containers that wants more words. */
const beginCommand =
  (write: (names: string, first: string) => string) =>
  (services: Services): void => {
    const names = chosenRows(services.store.get()).map(({ name }) => name);
    startCommand(services, write(names.join(' '), names[0] ?? ''));
  };

export const objectBindings: readonly Binding[] = [
  {
    id: 'first-image',
    keys: ['enter'],
    label: "make busybox:latest from this machine's busybox",
    places: ['containers', 'images'],
    isInMenu: true,
    when: (state) =>
      (state.isLoaded && state.lists.images.length === 0 && state.lists.containers.length === 0) ||
      'there are images',
    run: importFirstImage,
  },
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
    label: 'logs',
    places: ['containers'],
    hint: 22,
    isInMenu: true,
    when: hasRow,
    run: openTab('logs'),
  },
  {
    id: 'start-stop',
    keys: ['s'],
    label: 'start/stop',
    places: ['containers'],
    hint: 10,
    isInMenu: true,
    when: hasRow,
    run: startOrStop,
  },
  {
    id: 'restart',
    keys: ['r'],
    label: 'restart',
    places: ['containers'],
    hint: 11,
    isInMenu: true,
    when: hasRow,
    run: restart,
  },
  {
    id: 'pause',
    keys: ['p'],
    label: 'pause',
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
    when: hasRow,
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
    when: hasRow,
    run: beginCommand((names) => `update | ${names}`),
  },
  {
    id: 'copy-files',
    keys: ['C'],
    label: 'copy files',
    places: ['containers'],
    isInMenu: true,
    when: hasRow,
    run: beginCommand((_, name) => `cp ${name}:| .`),
  },
  {
    id: 'export',
    keys: ['x'],
    label: 'export its files',
    places: ['containers'],
    isInMenu: true,
    when: hasRow,
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
  {
    id: 'run-image',
    keys: ['r'],
    label: 'run',
    places: ['images'],
    hint: 10,
    isInMenu: true,
    when: hasRow,
    run: runImage,
  },
  {
    id: 'tag',
    keys: ['t'],
    label: 'tag',
    places: ['images'],
    hint: 12,
    isInMenu: true,
    when: hasRow,
    run: tagImage,
  },
  {
    id: 'remove-image',
    keys: ['d', 'delete'],
    label: 'remove',
    places: ['images'],
    hint: 13,
    isInMenu: true,
    when: hasRow,
    run: removeImages,
  },
  {
    id: 'create-volume',
    keys: ['c'],
    label: 'create',
    places: ['volumes'],
    hint: 12,
    isInMenu: true,
    run: createVolume,
  },
  {
    id: 'remove-volume',
    keys: ['d', 'delete'],
    label: 'remove',
    places: ['volumes'],
    hint: 13,
    isInMenu: true,
    when: hasRow,
    run: removeVolumes,
  },
  {
    id: 'inspect',
    keys: ['i'],
    label: 'inspect',
    places: ['list'],
    hint: 30,
    isInMenu: true,
    when: hasRow,
    run: openTab('inspect'),
  },
  {
    id: 'events',
    keys: ['v'],
    label: 'events',
    places: ['list'],
    isInMenu: true,
    when: hasRow,
    run: openTab('events'),
  },
  {
    id: 'pull',
    keys: ['P'],
    label: 'pull',
    places: ['images', 'containers'],
    hint: 40,
    isInMenu: true,
    run: pullImage,
  },
  {
    id: 'prune',
    keys: ['X'],
    label: 'prune',
    places: ['containers', 'images', 'volumes', 'networks'],
    isInMenu: true,
    run: prune,
  },
];
