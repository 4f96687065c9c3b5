/** Command lines that the screen answers with a view of its own, which lives and can be searched, instead of their output. */
import type { EngineEvent } from '../../../engine/index.ts';
import type { FlagValues, Parsed } from '../../cli/flags.ts';
import { filters } from '../../cli/opts/key-values.ts';
import { newBoard } from '../state/board.ts';
import { showLogs } from '../state/logs.ts';
import { revealContainer } from '../state/moves.ts';
import { containerName, plain } from '../state/rows.ts';
import { showTab } from '../state/terminals.ts';
import type { ScreenState, Tab } from '../state/types.ts';
import { theme } from '../widgets/theme.ts';
import type { CommandServices } from './command-services.ts';
import { showDiskUsage } from './disk-view.ts';

interface OwnView {
  /** The flags it has an answer for; with any other one the command runs as in a shell. */
  flags: readonly string[];
  /** True when it has done what the line asks for. */
  open(parsed: Parsed, services: CommandServices): boolean;
}

const VIEWS: Readonly<Record<string, OwnView>> = {
  stats: { flags: [], open: openStats },
  logs: { flags: ['follow', 'timestamps', 'tail'], open: openLogs },
  top: { flags: [], open: openTop },
  events: { flags: ['filter', 'since', 'until'], open: openEvents },
  'system df': { flags: [], open: openDisk },
};

/** False when the line has no view of its own, or can't be read: then it is run, and says what is wrong. */
export async function openOwnView(words: readonly string[], services: CommandServices): Promise<boolean> {
  const { findVerb } = await import('../../cli/verb-table.ts');
  const found = findVerb(words);
  const view = VIEWS[found?.entry.spellings[0] ?? ''];
  if (found === undefined || view === undefined) return false;
  const [{ command }, { parseFlags }] = await Promise.all([
    found.entry.load(),
    import('../../cli/grammar.ts'),
  ]);
  try {
    const parsed = parseFlags(command, words.slice(found.length));
    const isKnown = ['help', ...command.flags.map(({ name }) => name)].every(
      (name) => view.flags.includes(name) || !parsed.flags.has(name),
    );
    return isKnown && view.open(parsed, services);
  } catch {
    return false;
  }
}

/** Ids of the containers so named; undefined when one is not in the list. */
function idsOf({ lists }: ScreenState, names: readonly string[]): string[] | undefined {
  const ids = names.map((name) => {
    const byName = lists.containers.find((item) => containerName(item) === name.replace(/^\//, ''));
    const byId = lists.containers.filter(({ Id }) => Id.startsWith(name));
    return byName?.Id ?? (byId.length === 1 ? byId[0]!.Id : undefined);
  });
  return ids.every((id) => id !== undefined) ? ids : undefined;
}

function openStats({ args }: Parsed, { store, dialogs }: CommandServices): boolean {
  const ids = idsOf(store.get(), args);
  if (ids === undefined) return false;
  dialogs.offer({ kind: 'stats', board: newBoard(ids.length > 0 ? ids : undefined) });
  return true;
}

function openLogs({ args, flags }: Parsed, { store }: CommandServices): boolean {
  const ids = idsOf(store.get(), args);
  if (ids === undefined || ids.length === 0) return false;
  store.update((state) => {
    const shown = showLogs(state, ids);
    return { ...shown, log: { ...shown.log, hasTimes: state.log.hasTimes || flags.bool('timestamps') } };
  });
  return true;
}

function openTop({ args }: Parsed, { store }: CommandServices): boolean {
  const [id, ...more] = idsOf(store.get(), args) ?? [];
  if (id === undefined || more.length > 0) return false;
  store.update((state) => onContainer(state, id, 'top'));
  return true;
}

const onContainer = (state: ScreenState, id: string, tab: Tab): Partial<ScreenState> => ({
  focus: 'details',
  ...revealContainer(state, id),
  ...showTab({ ...state, listPane: 'containers' }, tab),
});

function openDisk({ args }: Parsed, services: CommandServices): boolean {
  if (args.length > 0) return false;
  showDiskUsage(services);
  return true;
}

function openEvents({ args, flags }: Parsed, services: CommandServices): boolean {
  if (args.length > 0) return false;
  const job = services.jobs.start(['events', ...flags.list('filter')].join(' '), { isStream: true });
  services.dialogs.offer({ kind: 'job', jobId: job.id, top: undefined });
  const follow = async () => {
    for await (const event of services.engine.system.events(eventOptions(flags, job.signal)))
      job.output(`${storeEventLine(event)}\n`);
  };
  follow().then(
    () => job.end(job.signal.aborted ? 'canceled' : 'done'),
    (error: unknown) => {
      job.end('failed');
      services.notices.error('events', error);
    },
  );
  return true;
}

function eventOptions(flags: FlagValues, signal: AbortSignal) {
  const since = flags.string('since');
  const until = flags.string('until');
  return { filters: filters(flags.list('filter')), signal, ...(since && { since }), ...(until && { until }) };
}

/** '12:03:55 container web die exitCode=1' in local time; ids as short as in lists. */
function storeEventLine({ time, Type, Action, Actor }: EngineEvent): string {
  const at = new Date(time * 1000);
  const clock = [at.getHours(), at.getMinutes(), at.getSeconds()].map((n) => String(n).padStart(2, '0'));
  const short = (text: string) => plain(text.replace(/^(?:sha256:)?([0-9a-f]{12})[0-9a-f]{52}$/, '$1'));
  const { name, execID: _, ...rest } = Actor.Attributes;
  const attributes = Object.entries(rest).map(([key, value]) => theme.dim(`${plain(key)}=${short(value)}`));
  const action = plain(Action);
  const paint = /^(die|kill|oom|destroy|delete|untag)/.test(action) ? theme.red : theme.green;
  const head = `${theme.dim(clock.join(':'))} ${Type.padEnd(9)} ${theme.bold(short(name ?? Actor.ID))}`;
  return [head, paint(action), ...attributes].join(' ');
}
