/** What can be done with images, volumes and networks. */
import { EngineError } from '../../../engine/index.ts';
import { humanSize } from '../../format/units.ts';
import { runCommandLine } from '../data/command-io.ts';
import { FIRST_IMAGE, makeFirstImage } from '../data/first-image.ts';
import { isTyping } from '../state/attention.ts';
import { changeView } from '../state/moves.ts';
import {
  chosenRows,
  currentRow,
  type ImageRow,
  type NetworkRow,
  type Row,
  type VolumeRow,
} from '../state/rows.ts';
import { workOn } from './rows-work.ts';
import type { Services } from './services.ts';

export async function removeImages(services: Services): Promise<void> {
  const rows = chosenRows(services.store.get()).filter((row): row is ImageRow => row.pane === 'images');
  if (rows.length === 0) return;
  const lines = rows.slice(0, 8).map((row) => `${row.name}  ${humanSize(row.item.Size, 3)}${usersOf(row)}`);
  lines.push(
    '',
    'A name is untagged; with its last name the image and the layers nobody else uses are deleted.',
  );
  if (!(await services.dialogs.confirm(`Remove ${titleOf(rows, 'images')}?`, lines))) return;
  await workOn(services, rows, 'removing', async (row) => {
    const { images } = services.engine;
    expectSame((row as ImageRow).item.Id, (await images.inspect(row.target)).Id, row);
    return images.remove(row.target);
  });
}

/** A name may have come to another object since the question was read: that one was not meant. */
function expectSame(asked: string, now: string, { name }: Row): void {
  if (asked === now) return;
  const hint = 'look at it, and remove it again if it is to go too';
  throw new EngineError('FAILED_PRECONDITION', `${name} is another one by now, and was left`, { hint });
}

const usersOf = ({ item }: ImageRow): string =>
  item.Containers > 0 ? `  used by ${item.Containers} container${item.Containers === 1 ? '' : 's'}` : '';

const titleOf = (rows: readonly Row[], plural: string): string =>
  rows.length === 1 ? rows[0]!.name : `${rows.length} ${plural}`;

export async function removeVolumes(services: Services): Promise<void> {
  const rows = chosenRows(services.store.get()).filter((row): row is VolumeRow => row.pane === 'volumes');
  if (rows.length === 0) return;
  const lines = [
    ...rows.slice(0, 8).map((row) => `${row.name}  ${row.item.Mountpoint}`),
    '',
    'All data in it is deleted.',
  ];
  if (!(await services.dialogs.confirm(`Remove ${titleOf(rows, 'volumes')}?`, lines))) return;
  await workOn(services, rows, 'removing', async (row) => {
    const { volumes } = services.engine;
    expectSame((row as VolumeRow).item.CreatedAt, (await volumes.inspect(row.target)).CreatedAt, row);
    return volumes.remove(row.target);
  });
}

/** Runs a shell in a new container of the image, in a terminal tab. */
export async function runImage(services: Services): Promise<void> {
  const row = currentRow(services.store.get());
  if (row?.pane !== 'images') return;
  const line = await services.dialogs.ask('Run', `run -it ${row.target} `);
  if (line !== undefined && line.trim() !== '') await runLine(services, line);
}

export async function tagImage(services: Services): Promise<void> {
  const row = currentRow(services.store.get());
  if (row?.pane !== 'images') return;
  const target = await services.dialogs.ask(`Tag ${row.name} as`, row.name);
  if (target === undefined || target === '' || target === row.name) return;
  await workOn(services, [row], 'tagging', () => services.engine.images.tag(row.item.Id, target));
}

export async function pullImage(services: Services): Promise<void> {
  const row = currentRow(services.store.get());
  const name = await services.dialogs.ask('Pull image', row?.pane === 'images' ? row.name : '');
  if (name !== undefined && name.trim() !== '') await runLine(services, `pull ${name.trim()}`);
}

export async function createVolume(services: Services): Promise<void> {
  const name = await services.dialogs.ask('Create volume (empty: a random name)', '');
  if (name === undefined) return;
  try {
    const volume = await services.engine.volumes.create(name === '' ? {} : { Name: name });
    services.store.update((state) => changeView(state, 'volumes', { awaitedId: volume.Name }));
  } catch (error) {
    services.notices.error('create volume', error);
  }
}

export async function createNetwork(services: Services): Promise<void> {
  const name = await services.dialogs.ask('Create network', '');
  if (name === undefined || name === '') return;
  try {
    const { Id } = await services.engine.networks.create({ Name: name });
    services.store.update((state) => changeView(state, 'networks', { awaitedId: Id }));
  } catch (error) {
    services.notices.error('create network', error);
  }
}

export async function removeNetworks(services: Services): Promise<void> {
  const rows = chosenRows(services.store.get()).filter((row): row is NetworkRow => row.pane === 'networks');
  if (rows.length === 0) return;
  const lines = rows.slice(0, 8).map(({ name, item }) => `${name}  ${item.IPAM.Config[0]?.Subnet ?? ''}`);
  if (!(await services.dialogs.confirm(`Remove ${titleOf(rows, 'networks')}?`, lines))) return;
  await workOn(services, rows, 'removing', (row) => services.engine.networks.remove(row.target));
}

export async function importFirstImage(services: Services): Promise<void> {
  const title = `make ${FIRST_IMAGE}`;
  const { jobs, focus, listPane } = services.store.get();
  if (jobs.some((job) => job.state === 'running' && job.title === title))
    return services.notices.info(`${FIRST_IMAGE} is being made`);
  const result = await services.jobs.run(title, (signal) => makeFirstImage(services.engine, signal));
  if (result === undefined) return;
  services.lists.refresh(['images']);
  // Whoever has gone elsewhere meanwhile stays there: the keys mean something else in another list.
  services.store.update((state) => {
    const isHere = state.focus === focus && state.listPane === listPane && !isTyping(state);
    return isHere ? { focus: 'images', listPane: 'images' } : {};
  });
}

/** As the command, which says what goes and asks. */
export async function prune(services: Services): Promise<void> {
  const { listPane } = services.store.get();
  const noun = { containers: 'container', images: 'image', volumes: 'volume', networks: 'network' }[listPane];
  await runLine(services, `${noun} prune`);
}

async function runLine(services: Services, line: string): Promise<void> {
  services.history.add(line.trim());
  await runCommandLine(line, services);
}
