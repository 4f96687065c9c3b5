/** A container's state in a list: its sign, its colour, its words in the room there is. Pure. */
import { shortStatus } from '../widgets/ages.ts';
import { glyphs, theme } from '../widgets/theme.ts';

type Paint = (text: string) => string;

/** What `ps` says behind the age, and what is left of it where there is less room, and where there is least. */
const NOTES: readonly [RegExp, string, string][] = [
  [/^Up (.+) \(health: starting\)$/, 'starting $1', 'starting'],
  [/^Up (.+) \((healthy|unhealthy)\)$/, '$2 $1', '$2'],
  [/^Up (.+) \(lost, restart it\)$/, 'lost $1', 'lost'],
  [/^Up (.+) \(Paused\)$/, 'paused $1', 'paused'],
  [/^Restarting \((\d+)\) (.+)$/, 'restarting $2', 'restarting'],
  [/^Exited \((\d+)\) (.+)$/, 'Exit $1 $2', 'Exit $1'],
  [/^OOM \((\d+)\) (.+)$/, 'OOM $2', 'OOM'],
];

type Mood = 'well' | 'starting' | 'sick' | 'lost';

function moodOf(status: string): Mood {
  if (status.endsWith('(unhealthy)')) return 'sick';
  if (status.endsWith('(health: starting)')) return 'starting';
  return status.endsWith('(lost, restart it)') ? 'lost' : 'well';
}

/** Docker's Status, shortened as far as the width asks for: 'Up 2h (healthy)', 'healthy 2h'. Want of memory is said: 'OOM (137) 5m'. */
export function statusText(status: string, width: number, isOomKilled = false): string {
  const short = shortStatus(isOomKilled ? status.replace(/^Exited/, 'OOM') : status);
  if (short.length <= width) return short;
  const [pattern, shorter, shortest] = NOTES.find(([note]) => note.test(short)) ?? [/^$/, '', ''];
  const text = short.replace(pattern, shorter);
  return text.length <= width ? text : short.replace(pattern, shortest);
}

/** `busy`: what is being done to it. */
export function statusGlyph(
  { State, Status }: { State: string; Status: string },
  busy: string | undefined,
): { glyph: string; paint: Paint } {
  if (busy !== undefined) return { glyph: glyphs.busy, paint: theme.yellow };
  const mood = moodOf(Status);
  if (mood === 'lost') return { glyph: glyphs.failed, paint: theme.red };
  if (State === 'running') {
    const paint = mood === 'sick' ? theme.red : mood === 'starting' ? theme.yellow : theme.green;
    return { glyph: glyphs.running, paint };
  }
  if (State === 'paused') return { glyph: glyphs.paused, paint: theme.yellow };
  if (State === 'restarting' || State === 'removing') return { glyph: glyphs.busy, paint: theme.yellow };
  if (State === 'dead') return { glyph: glyphs.failed, paint: theme.red };
  return { glyph: glyphs.stopped, paint: theme.dim };
}

export function statusPaint({ State, Status }: { State: string; Status: string }): Paint {
  const mood = moodOf(Status);
  if (mood === 'sick' || mood === 'lost') return theme.red;
  if (mood === 'starting' || State === 'restarting') return theme.yellow;
  if (State === 'running') return (text) => text;
  const code = /^Exited \((\d+)\)/.exec(Status)?.[1];
  return code !== undefined && code !== '0' ? theme.red : theme.dim;
}
