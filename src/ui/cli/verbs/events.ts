/** boxtop events: what happens in the store, as it happens. */
import type { EngineEvent } from '../../../engine/index.ts';
import { jsonText, printable } from '../../format/printable.ts';
import { compileTemplate } from '../../format/template/execute.ts';
import { list, NONE, text } from '../flags.ts';
import { writeShown } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Get real time events from the store',
  flags: [
    { ...list('filter', 'Show only what fits the condition', 'f'), word: 'filter', check: checkFilter },
    text('format', 'Print with a Go template'),
    text('since', 'Show events since a time'),
    text('until', 'Show events until a time'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const since = flags.string('since');
    const until = flags.string('until');
    const format = flags.string('format');
    const print = format === undefined || format === '' ? eventLine : formatted(format);
    const events = engine().system.events({
      filters: filters(flags.list('filter')),
      signal: io.signal,
      ...(since !== undefined && { since }),
      ...(until !== undefined && { until }),
    });
    for await (const event of events) await writeShown(io.stdout, `${print(event)}\n`);
    return 0;
  },
};

/** '2026-11-21T09:36:03.282614347Z container pause ID (image=busybox, name=web)' */
export function eventLine({ timeNano, Type, Action, Actor }: EngineEvent): string {
  const nanos = BigInt(timeNano);
  const seconds = new Date(Number(nanos / 1_000_000n)).toISOString().slice(0, 19);
  const time = `${seconds}.${String(nanos % 1_000_000_000n).padStart(9, '0')}Z`;
  const attributes = Object.entries(Actor.Attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const text = `${Type} ${Action} ${Actor.ID}${attributes.length > 0 ? ` (${attributes.join(', ')})` : ''}`;
  return `${time} ${printable(text)}`; // a label with a line end would forge an event
}

/** Docker's events repeat some fields under older names. */
function formatted(format: string): (event: EngineEvent) => string {
  const render = format === 'json' ? jsonText : compileTemplate(format);
  return (event) => {
    const { Type, Action, Actor, time, timeNano } = event;
    const from = Type === 'container' ? { from: Actor.Attributes['image'] ?? '' } : {};
    const old = Type === 'container' || Type === 'image' ? { status: Action, id: Actor.ID, ...from } : {};
    const names = {
      Status: Action,
      ID: Actor.ID,
      From: Actor.Attributes['image'] ?? '',
      Scope: 'local',
      Time: time,
      TimeNano: timeNano,
    };
    const shape = { ...old, Type, Action, Actor, scope: 'local', time, timeNano };
    return render(withHidden(shape, names));
  };
}

/** Names that templates may use but JSON doesn't show. */
function withHidden(shape: object, hidden: Record<string, unknown>): object {
  for (const [name, value] of Object.entries(hidden))
    Object.defineProperty(shape, name, { value, enumerable: false });
  return shape;
}
