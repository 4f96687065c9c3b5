/** The visible lines of a log: pure, from the buffer and the view. */
import { cleanLine, type LogBuffer, type LogEntry, searchPattern } from '../state/log-buffer.ts';
import type { LogView } from '../state/types.ts';
import { fitMiddle, fitStyled, fitText, styledWidth, wrapStyled } from '../widgets/fit.ts';
import { theme } from '../widgets/theme.ts';

/** Numbers of the lines a filter lets through are looked for this far back; further is not on the screen. */
const MAX_FILTER_SCAN = 10_000;

/** The lines that end at `view.bottom` (or the newest) and fill `height` rows of `width` cells. */
export function logLines(
  buffer: LogBuffer,
  view: LogView,
  size: { width: number; height: number },
  names: ReadonlyMap<string, string> = new Map(),
): string[] {
  const out: string[] = [];
  const search = view.search === '' ? undefined : searchPattern(view.search);
  const filter = view.filter === '' ? undefined : searchPattern(view.filter);
  const { mark } = view;
  const isMarked = (number: number) =>
    mark !== undefined && number >= Math.min(mark.from, mark.to) && number <= Math.max(mark.from, mark.to);
  let number = Math.min(view.bottom ?? buffer.end - 1, buffer.end - 1);
  for (
    let scanned = 0;
    out.length < size.height && number >= buffer.first && scanned < MAX_FILTER_SCAN;
    scanned += 1, number -= 1
  ) {
    const entry = buffer.at(number)!;
    if (filter !== undefined && !filter.test(entry.text)) continue;
    const lines = entryLines(entry, { view, search, width: size.width, name: names.get(entry.source) ?? '' });
    for (let index = lines.length - 1; index >= 0 && out.length < size.height; index -= 1) {
      out.push(
        isMarked(number)
          ? inverse(lines[index]!, size.width)
          : underlinedHit(lines[index]!, number === view.hit, size.width),
      );
    }
  }
  return out.reverse();
}

const inverse = (line: string, width: number): string =>
  theme.selected(fitText(line.replace(/\x1b\[[\d;:]*m/g, ''), width));

const underlinedHit = (line: string, isHit: boolean, width: number): string =>
  isHit ? underlined(line, width) : line;

const underlined = (line: string, width: number): string =>
  theme.underline(fitStyled(line, Math.min(width, Math.max(1, styledWidth(line)))));

interface EntryOptions {
  view: LogView;
  search: RegExp | undefined;
  width: number;
  /** Of whoever wrote it, where several logs are shown as one; '' elsewhere. */
  name: string;
}

function entryLines(entry: LogEntry, { view, search, width, name }: EntryOptions): string[] {
  const text = cleanLine(entry.text);
  const body = search === undefined ? text : marked(text, search);
  const time = view.hasTimes ? `${theme.dim(shortTime(entry.time))} ` : '';
  const line = `${name}${time}${entry.isError ? theme.red('▎') : ' '}${body}`;
  return view.isWrapped ? wrapStyled(line, width) : [line];
}

/** '2026-01-02T03:04:05.678901234Z' → '03:04:05.678' in local time. */
function shortTime(time: string): string {
  const date = new Date(time);
  if (Number.isNaN(date.getTime())) return time.slice(11, 23);
  const two = (value: number) => String(value).padStart(2, '0');
  return `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}.${String(date.getMilliseconds()).padStart(3, '0')}`;
}

/** Shows the places that match; the line's own colours are left out where it does. */
export function marked(text: string, pattern: RegExp): string {
  const bare = text.replace(/\x1b\[[\d;:]*m/g, '');
  if (!pattern.test(bare)) return text;
  const all = new RegExp(pattern.source, `${pattern.flags}g`);
  return bare.replace(all, (hit) => (hit === '' ? '' : theme.selected(hit)));
}

const NAME_COLOURS = [theme.cyan, theme.magenta, theme.yellow, theme.green, theme.blue, theme.red];
const MAX_NAME = 16;

/** The names before the lines of several logs, each in a colour of its own. */
export function sourceNames(
  containers: readonly { id: string; name: string }[],
): ReadonlyMap<string, string> {
  if (containers.length < 2) return new Map();
  const width = Math.min(MAX_NAME, Math.max(...containers.map(({ name }) => styledWidth(name))));
  return new Map(
    containers.map(({ id, name }, index) => {
      const paint = NAME_COLOURS[index % NAME_COLOURS.length]!;
      return [id, paint(fitMiddle(name, width))];
    }),
  );
}
