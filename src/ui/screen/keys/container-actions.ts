/** What can be done with containers: on the marked rows, or the one under the cursor. */

import type { ContainerSummary } from '../../../engine/index.ts';
import { detachKeysOf } from '../../cli/detach-keys.ts';
import { selfProgram } from '../../cli/self.ts';
import { humanSize } from '../../format/units.ts';
import {
  type ContainerRow,
  chosenRows,
  containerImage,
  containerName,
  currentContainer,
  type Row,
} from '../state/rows.ts';
import type { ScreenState } from '../state/types.ts';
import { workOn } from './rows-work.ts';
import type { Services } from './services.ts';

const chosen = (state: ScreenState): ContainerRow[] =>
  chosenRows(state).filter((row): row is ContainerRow => row.pane === 'containers');

/** It has a process, or will have one again. */
export const isUp = ({ State }: ContainerSummary): boolean =>
  State === 'running' || State === 'paused' || State === 'restarting';

/** Starts what is stopped, stops what runs. */
export function startOrStop(services: Services): void {
  const rows = chosen(services.store.get());
  void workOn(
    services,
    rows.filter(({ item }) => isUp(item)),
    'stopping',
    (row) => services.engine.containers.stop(row.target),
  );
  void workOn(
    services,
    rows.filter(({ item }) => !isUp(item)),
    'starting',
    async (row) => {
      await services.engine.containers.start(row.target);
    },
  );
}

export function restart(services: Services): void {
  void workOn(services, chosen(services.store.get()), 'restarting', (row) =>
    services.engine.containers.restart(row.target),
  );
}

export function pauseOrUnpause(services: Services): void {
  const rows = chosen(services.store.get());
  const { containers } = services.engine;
  void workOn(
    services,
    rows.filter(({ item }) => item.State === 'paused'),
    'unpausing',
    (row) => containers.unpause(row.target),
  );
  void workOn(
    services,
    rows.filter(({ item }) => item.State === 'running'),
    'pausing',
    (row) => containers.pause(row.target),
  );
}

export async function kill(services: Services): Promise<void> {
  const rows = chosen(services.store.get()).filter(({ item }) => isUp(item));
  const isYes = await services.dialogs.confirm(`Kill ${nameOf(rows)}?`, [
    'The processes end at once, without cleaning up.',
  ]);
  if (isYes) await workOn(services, rows, 'killing', (row) => services.engine.containers.kill(row.target));
}

/** Asks, saying what goes. */
export async function removeContainers(services: Services): Promise<void> {
  const rows = chosen(services.store.get());
  if (rows.length === 0) return;
  const running = rows.filter(({ item }) => isUp(item)).length;
  const anonymous = rows.flatMap(({ item }) => anonymousVolumes(item));
  const title = `Remove ${nameOf(rows)}${running > 0 ? ` (${running} running)` : ''}?`;
  const choices = [{ key: 'y', label: 'yes' }];
  if (anonymous.length > 0)
    choices.push({
      key: 'v',
      label: `yes, and ${anonymous.length} anonymous volume${anonymous.length === 1 ? '' : 's'}`,
    });
  const { answer, setLines } = services.dialogs.choose({
    title,
    lines: removalLines(rows, new Map()),
    choices,
  });
  void sizesOf(services, rows).then((sizes) => setLines(removalLines(rows, sizes)));
  const key = await answer;
  if (key === undefined) return;
  await workOn(services, rows, 'removing', (row) =>
    services.engine.containers.remove(row.target, {
      force: isUp((row as ContainerRow).item),
      volumes: key === 'v',
    }),
  );
}

const MAX_REMOVAL_LINES = 8;

/** What goes: state, image, what was written, volumes. */
function removalLines(rows: readonly ContainerRow[], sizes: ReadonlyMap<string, number>): string[] {
  const lines = rows.slice(0, MAX_REMOVAL_LINES).map(({ id, item, name }) => {
    const size = sizes.get(id);
    const parts = [name, containerImage(item), item.Status];
    if (size !== undefined) parts.push(`${humanSize(size, 3)} written`);
    const count = anonymousVolumes(item).length;
    if (count > 0) parts.push(`${count} anonymous volume${count === 1 ? '' : 's'}`);
    if (isUp(item)) parts.push('will be killed');
    return parts.join(' · ');
  });
  if (rows.length > MAX_REMOVAL_LINES) lines.push(`… and ${rows.length - MAX_REMOVAL_LINES} more`);
  return [...lines, '', 'What the containers wrote is lost. Named volumes stay.'];
}

/** Bytes written by stopped and running containers, looked up while the question stands. */
async function sizesOf(
  { engine }: Services,
  rows: readonly ContainerRow[],
): Promise<ReadonlyMap<string, number>> {
  const sizes = new Map<string, number>();
  for (const { id } of rows.slice(0, MAX_REMOVAL_LINES)) {
    try {
      const { SizeRw } = await engine.containers.inspect(id, { size: true });
      if (typeof SizeRw === 'number') sizes.set(id, SizeRw);
    } catch {
      // It went meanwhile; removing it will say so.
    }
  }
  return sizes;
}

/** Volumes nobody named have an id for a name. */
const anonymousVolumes = ({ Mounts }: ContainerSummary): string[] =>
  (Mounts ?? []).flatMap(({ Type, Name }) =>
    Type === 'volume' && Name !== undefined && /^[0-9a-f]{64}$/.test(Name) ? [Name] : [],
  );

const nameOf = (rows: readonly Row[]): string =>
  rows.length === 1 ? rows[0]!.name : `${rows.length} containers`;

export async function commit(services: Services): Promise<void> {
  const row = currentContainer(services.store.get());
  if (row === undefined) return;
  const reference = await services.dialogs.ask(
    `Commit ${row.name} as image (name:tag)`,
    `${row.name}:latest`,
  );
  if (reference === undefined || reference.trim() === '') return;
  await services.jobs.run(`commit ${reference}`, (signal) =>
    services.engine.containers.commit(row.target, { reference: reference.trim(), signal }),
  );
}

export async function rename(services: Services): Promise<void> {
  const row = currentContainer(services.store.get());
  if (row === undefined) return;
  const name = await services.dialogs.ask(`Rename ${row.name} to`, row.name);
  if (name === undefined || name === '' || name === row.name) return;
  await workOn(services, [row], 'renaming', () => services.engine.containers.rename(row.target, name));
}

/** Opens the container's own terminal; one that is open already is shown as it was left. A stopped container is started. */
export function attach(services: Services): void {
  const row = currentContainer(services.store.get());
  if (row === undefined) return;
  if (isUp(row.item)) openTerminal(services, row, 'attach', ['attach', '--pane', row.target]);
  else openTerminal(services, row, 'attach', ['start', '-ai', '--pane', row.target]);
}

/** Runs a shell in the container. */
export function execShell(services: Services): void {
  const row = currentContainer(services.store.get());
  if (row === undefined) return;
  openTerminal(services, row, 'exec', ['exec', '-it', '--pane', row.target, 'sh']);
}

function openTerminal(
  { store, sessions, notices, engine }: Services,
  row: ContainerRow,
  kind: 'attach' | 'exec',
  args: string[],
) {
  const open = store
    .get()
    .terminals.findLast((tab) => tab.containerId === row.id && tab.kind === kind && tab.state === 'running');
  if (open !== undefined) return sessions.focus(open.id);
  const title = kind === 'attach' ? containerName(row.item) : `${containerName(row.item)} sh`;
  const openPane = async () => {
    // nothing is waited for before the terminal is announced: what was typed behind its key is for it
    const { keys: detachKeys, warning } = detachKeysOf(undefined, engine);
    if (warning !== undefined) notices.info(warning);
    await sessions.open(selfProgram(engine, args), { containerId: row.id, kind, title, detachKeys });
  };
  openPane().catch((error: unknown) => notices.error(title, error));
}
