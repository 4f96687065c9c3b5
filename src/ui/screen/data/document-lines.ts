/** What the texts of the details say of an object: inspect, env, top, diff, history and events. */
import type { Change, Engine, EngineEvent } from '../../../engine/index.ts';
import { humanSize } from '../../format/units.ts';
import { plain, type Row } from '../state/rows.ts';
import type { Tab } from '../state/types.ts';
import { theme } from '../widgets/theme.ts';

/** Rejects with the engine's errors. */
export async function documentLines(engine: Engine, row: Row, tab: Tab): Promise<string[]> {
  if (tab === 'top') return topLines(engine, row);
  if (tab === 'history') return historyLines(engine, row);
  if (tab === 'diff') return diffLines(engine, row);
  if (tab === 'events') return eventLines(engine, row);
  const object = await inspect(engine, row);
  if (tab === 'env') return envLines(object);
  return jsonLines(object);
}

/** The object as `inspect` gives it. */
function inspect(engine: Engine, row: Row): Promise<unknown> {
  if (row.pane === 'containers') return engine.containers.inspect(row.target);
  if (row.pane === 'images') return engine.images.inspect(row.item.Id);
  if (row.pane === 'volumes') return engine.volumes.inspect(row.target);
  return engine.networks.inspect(row.target);
}

async function topLines(engine: Engine, row: Row): Promise<string[]> {
  if (row.pane !== 'containers' || (row.item.State !== 'running' && row.item.State !== 'paused'))
    return [theme.dim('not running')];
  const { Titles, Processes } = await engine.containers.top(row.target, [], { silent: true });
  const table = [Titles, ...Processes].map((cells) => cells.map(plain));
  const widths = Titles.map((_, column) => Math.max(...table.map((cells) => cells[column]?.length ?? 0)));
  const lines = table.map((cells) =>
    cells
      .map((cell, column) => (column === cells.length - 1 ? cell : cell.padEnd(widths[column]!)))
      .join('  '),
  );
  return [theme.bold(lines[0] ?? ''), ...lines.slice(1)];
}

async function historyLines(engine: Engine, row: Row): Promise<string[]> {
  if (row.pane !== 'images') return [];
  const items = await engine.images.history(row.item.Id);
  return items.map(
    (item) =>
      `${humanSize(item.Size, 3).padStart(8)}  ${plain(item.CreatedBy || item.Comment || theme.dim('?'))}`,
  );
}

const KINDS: Readonly<Record<Change['Kind'], string>> = {
  0: theme.yellow('C'),
  1: theme.green('A'),
  2: theme.red('D'),
};

async function diffLines(engine: Engine, row: Row): Promise<string[]> {
  const changes = await engine.containers.diff(row.target);
  if (changes.length === 0) return [theme.dim('nothing differs from the image')];
  return changes.map(({ Kind, Path }) => `${KINDS[Kind]} ${plain(Path)}`);
}

/** How many events are shown, the newest first. */
const MAX_EVENTS = 500;

async function eventLines(engine: Engine, row: Row): Promise<string[]> {
  const kind = row.pane.slice(0, -1);
  const id = row.pane === 'images' ? row.item.Id : row.pane === 'volumes' ? row.target : row.id;
  const lines: string[] = [];
  const events = engine.system.events({
    since: '0',
    until: (Date.now() / 1000).toFixed(3),
    filters: { type: [kind], [kind]: [id] },
  });
  for await (const event of events) lines.push(eventLine(event));
  if (lines.length === 0) return [theme.dim('no event is remembered')];
  return lines.slice(-MAX_EVENTS).reverse();
}

/** '12:03:55  die  exitCode=0' in local time. What the title says anyway is left out. */
function eventLine({ time, Action, Actor }: EngineEvent): string {
  const at = new Date(time * 1000);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => String(n).padStart(2, '0'));
  const { name, image, ...rest } = Actor.Attributes;
  const short = (text: string) => plain(/^[0-9a-f]{64}$/.test(text) ? text.slice(0, 12) : text);
  const attributes = Object.entries(rest).map(
    ([key, value]) => ` ${theme.dim(`${plain(key)}=`)}${short(value)}`,
  );
  return `${theme.dim(clock.join(':'))}  ${plain(Action)}${attributes.join('')}`;
}

function envLines(object: unknown): string[] {
  const { Config } = object as { Config?: { Env?: string[]; Labels?: Record<string, string> | null } };
  const env = (Config?.Env ?? []).map((line) => {
    const at = line.indexOf('=');
    return `${theme.cyan(plain(line.slice(0, at)))}=${plain(line.slice(at + 1))}`;
  });
  const labels = Object.entries(Config?.Labels ?? {}).map(
    ([name, value]) => `${theme.magenta(plain(name))}=${plain(value)}`,
  );
  return [
    theme.bold('Environment'),
    ...(env.length > 0 ? env : [theme.dim('none')]),
    '',
    theme.bold('Labels'),
    ...(labels.length > 0 ? labels : [theme.dim('none')]),
  ];
}

/** JSON with its keys and values coloured. Control characters are escaped by JSON itself. */
function jsonLines(value: unknown): string[] {
  return JSON.stringify(value, undefined, 2)
    .replace(/[\x7f-\x9f]/g, '�')
    .split('\n')
    .map((line) => {
      const found = /^(\s*)("(?:[^"\\]|\\.)*")(: )?(.*)$/.exec(line);
      if (found === null) return line;
      const [, indent = '', text = '', colon, rest = ''] = found;
      return colon === undefined
        ? `${indent}${theme.green(text)}${rest}`
        : `${indent}${theme.cyan(text)}: ${valueColour(rest)}`;
    });
}

function valueColour(text: string): string {
  if (text.startsWith('"')) return theme.green(text);
  return /^(true|false|null|-?\d)/.test(text) ? theme.yellow(text) : text;
}
