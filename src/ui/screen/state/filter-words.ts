/** Words of a list's filter that are filters of `ps` and the other lists: `status=exited`, `label=tier=front`. Pure. */
import type { ContainerSummary } from '../../../engine/index.ts';
import type { Row } from './rows.ts';

/** Names and ids are compared in part, as everywhere in the screen; all in lower case. */
type Test<T> = (item: T, value: string) => boolean;

const has = (text: string | undefined, value: string): boolean =>
  text?.toLowerCase().includes(value) === true;

const CONTAINER: Readonly<Record<string, Test<ContainerSummary>>> = {
  status: ({ State }, value) => State === value,
  name: ({ Names }, value) => Names.some((name) => has(name, value)),
  ancestor: ({ Image }, value) => has(Image, value),
  network: ({ NetworkSettings }, value) =>
    Object.keys(NetworkSettings.Networks).some((name) => has(name, value)),
  volume: ({ Mounts }, value) =>
    Mounts.some(({ Name, Source, Destination }) => has(Name ?? Source, value) || has(Destination, value)),
  publish: ({ Ports }, value) => Ports.some(({ PublicPort }) => `${PublicPort}` === value),
  expose: ({ Ports }, value) => Ports.some(({ PrivatePort }) => `${PrivatePort}` === value),
  // the summary has it in its status only, as Docker's
  health: ({ Status }, value) =>
    value === 'none'
      ? !/\((?:un)?healthy\)|\(health: /.test(Status)
      : Status.includes(value === 'starting' ? '(health: starting)' : `(${value})`),
};

/** Whether the row fits `name=value`; undefined when that is no filter of its list, but text to look for. */
export function fitsFilterWord(row: Row, word: string): boolean | undefined {
  const equals = word.indexOf('=');
  if (equals <= 0) return undefined;
  const [name, value] = [word.slice(0, equals), word.slice(equals + 1)];
  if (name === 'label') return hasLabel(row, value);
  if (name === 'id') return row.id.replace(/^sha256:/, '').startsWith(value);
  if (row.pane === 'containers')
    return Object.hasOwn(CONTAINER, name) ? CONTAINER[name]!(row.item, value) : undefined;
  if (name === 'driver' && row.pane !== 'images') return row.item.Driver === value;
  if (name === 'dangling' && row.pane === 'images')
    return (row.item.RepoTags.length === 0) === (value === 'true');
  return undefined;
}

function hasLabel({ item }: Row, wanted: string): boolean {
  return Object.entries(item.Labels ?? {}).some(([key, value]) => {
    const label = `${key}=${value}`.toLowerCase();
    return label === wanted || label.startsWith(`${wanted}=`);
  });
}
