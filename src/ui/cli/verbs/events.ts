/** boxtop events: what happens in the store, as it happens. */
import { codeOf, type EngineEvent, messageOf } from '../../../engine/index.ts';
import { DOCKER_STRUCTS } from '../../format/docker-structs.ts';
import { jsonText, printable } from '../../format/printable.ts';
import { compileTemplate } from '../../format/template/execute.ts';
import { TemplateError } from '../../format/template/lexer.ts';
import { localNanos } from '../../format/times.ts';
import { list, NONE, text } from '../flags.ts';
import { writeShown } from '../listing.ts';
import { checkFilter, filters } from '../opts/key-values.ts';
import { INTERRUPTED, PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: '[OPTIONS]',
  summary: 'Get real time events from the store',
  flags: [
    { ...list('filter', 'Show only what fits the condition', 'f'), word: 'filter', check: checkFilter },
    text('format', 'Print with a Go template, or "json"'),
    text('since', 'Show events since a time'),
    text('until', 'Show events until a time'),
  ],
  arity: NONE,
  async run({ flags }, engine, io) {
    const since = flags.string('since');
    const until = flags.string('until');
    const format = flags.string('format');
    const print = format ? formatted(format) : eventLine;
    const events = engine().system.events({
      filters: filters(flags.list('filter')),
      signal: io.signal,
      ...(since && { since }),
      ...(until && { until }),
    });
    try {
      for await (const event of events) await writeShown(io.stdout, `${print(event)}\n`);
    } catch (error) {
      // a time that can't be read is the client's own matter in Docker
      const [, own] = /^invalid value for "(?:since|until)": (.*)$/s.exec(messageOf(error)) ?? [];
      throw own !== undefined && codeOf(error) === 'INVALID_ARGUMENT'
        ? new PlainError(printable(own))
        : error;
    }
    return io.signal.aborted ? INTERRUPTED : 0;
  },
};

/** '2026-11-21T09:36:03.282614347Z container pause ID (image=busybox, name=web)', the time in the local zone. */
export function eventLine({ timeNano, Type, Action, Actor }: EngineEvent): string {
  const attributes = Object.entries(Actor.Attributes)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `${name}=${value}`);
  const text = `${Type} ${Action} ${Actor.ID}${attributes.length > 0 ? ` (${attributes.join(', ')})` : ''}`;
  return `${localNanos(timeNano)} ${printable(text)}`; // a label with a line end would forge an event
}

/** Throws an error of status 64 for a template that can't be read or names what no event has. */
function formatted(format: string): (event: EngineEvent) => string {
  if (format === 'json') return (event) => jsonText(dockerEvent(event));
  try {
    const render = compileTemplate(format, {
      declared: { type: 'Event', structs: DOCKER_STRUCTS, name: '*events.Message' },
    });
    render(dockerEvent(EMPTY));
    return (event) => render(dockerEvent(event));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    throw new PlainError(`Error parsing format: ${error.message}`, 64);
  }
}

const EMPTY: EngineEvent = {
  Type: 'container',
  Action: '',
  Actor: { ID: '', Attributes: {} },
  time: 0,
  timeNano: '0',
};

/** Docker's events repeat some fields under older names, and leave empty ones out; the nanoseconds are a number beyond a double's. */
export function dockerEvent({ Type, Action, Actor, time, timeNano }: EngineEvent): object {
  const from = Type === 'container' ? Actor.Attributes['image'] : undefined;
  const isOld = Type === 'container' || Type === 'image';
  const shape = {
    ...(isOld && { status: Action, ...(Actor.ID && { id: Actor.ID }), ...(from && { from }) }),
    Type,
    Action,
    Actor: { ID: Actor.ID, Attributes: sorted(Actor.Attributes) },
    scope: 'local',
    time,
    timeNano: rawJson(timeNano),
  };
  // for {{.TimeNano}}: not shown in JSON
  return Object.defineProperty(shape, 'timeNanoText', { value: timeNano, enumerable: false });
}

/** Node has it, its types have not. */
const rawJson = (digits: string): unknown =>
  (JSON as unknown as { rawJSON(text: string): unknown }).rawJSON(digits);

const sorted = (map: Readonly<Record<string, string>>): Record<string, string> =>
  Object.fromEntries(Object.entries(map).sort(([a], [b]) => (a < b ? -1 : 1)));
