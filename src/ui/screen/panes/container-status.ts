/** A container's state in a list: its sign, its colour, its words in the room there is. Pure. */
import { shortStatus } from '../widgets/ages.ts';
import { glyphs, theme } from '../widgets/theme.ts';
import type { Paint } from './column.ts';

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

interface Sign {
  glyph: string;
  paint: Paint;
}

const SIGNS = {
  running: { glyph: glyphs.running, paint: theme.green },
  starting: { glyph: glyphs.starting, paint: theme.yellow },
  sick: { glyph: glyphs.sick, paint: theme.red },
  lost: { glyph: glyphs.lost, paint: theme.red },
  paused: { glyph: glyphs.paused, paint: theme.yellow },
  busy: { glyph: glyphs.busy, paint: theme.yellow },
  stopped: { glyph: glyphs.stopped, paint: theme.dim },
  failed: { glyph: glyphs.stopped, paint: theme.red },
  dead: { glyph: glyphs.failed, paint: theme.red },
} as const satisfies Record<string, Sign>;

/** What the signs before the names mean: for the help. */
export const LEGEND: readonly (Sign & { meaning: string })[] = [
  { ...SIGNS.running, meaning: 'running, and healthy if that is checked' },
  { ...SIGNS.starting, meaning: 'running, its health not known yet' },
  { ...SIGNS.sick, meaning: 'running, unhealthy' },
  { ...SIGNS.lost, meaning: 'running, but its monitor was killed: restart it' },
  { ...SIGNS.paused, meaning: 'paused' },
  { ...SIGNS.busy, meaning: 'waits to be restarted, or work on it is under way' },
  { ...SIGNS.stopped, meaning: 'created, or ended with status 0' },
  { ...SIGNS.failed, meaning: 'ended with another status, which is told' },
  { ...SIGNS.dead, meaning: 'killed for want of memory (OOM), or dead' },
];

/** `busy`: what is being done to it. */
export function statusGlyph(
  { State, Status, OOMKilled }: { State: string; Status: string; OOMKilled?: boolean },
  busy: string | undefined,
): Sign {
  if (busy !== undefined) return SIGNS.busy;
  const mood = moodOf(Status);
  if (mood === 'lost') return SIGNS.lost;
  if (State === 'running') return mood === 'well' ? SIGNS.running : SIGNS[mood];
  if (State === 'paused') return SIGNS.paused;
  if (State === 'restarting' || State === 'removing') return SIGNS.busy;
  if (State === 'dead' || OOMKilled === true) return SIGNS.dead;
  return isFailure(Status) ? SIGNS.failed : SIGNS.stopped;
}

/** Ended with a status other than 0. */
const isFailure = (status: string): boolean => /^Exited \((?!0\))\d+\)/.test(status);

export function statusPaint({ State, Status }: { State: string; Status: string }): Paint {
  const mood = moodOf(Status);
  if (mood === 'sick' || mood === 'lost') return theme.red;
  if (mood === 'starting' || State === 'restarting') return theme.yellow;
  if (State === 'running') return (text) => text;
  return isFailure(Status) ? theme.red : theme.dim;
}
