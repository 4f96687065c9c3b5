/** Bars and sparklines of characters. */
import { glyphs } from './theme.ts';

/** A bar of `width` cells; `share` from 0 to 1. */
export function bar(share: number, width: number): string {
  const filled = Math.round(Math.max(0, Math.min(1, share)) * width);
  return glyphs.bar.repeat(filled) + glyphs.barRest.repeat(width - filled);
}

/** A bar without a ground, fine to an eighth of a cell: many of them below each other stay readable. */
export function meter(share: number, width: number): string {
  const parts = [...glyphs.eighths];
  const eighths = Math.round(Math.max(0, Math.min(1, share)) * width * 8);
  const rest = Math.floor(((eighths % 8) * parts.length) / 8);
  const text = glyphs.bar.repeat(Math.floor(eighths / 8)) + (rest > 0 ? parts[rest - 1]! : '');
  return text.padEnd(width);
}

/** The newest `width` values as one line; `max` is the top of the scale. */
export function sparkline(values: readonly number[], width: number, max: number): string {
  const steps = [...glyphs.sparks];
  const shown = values.slice(-width);
  const line = shown.map((value) => {
    const share = max > 0 && Number.isFinite(value) ? Math.max(0, Math.min(1, value / max)) : 0;
    return steps[Math.min(steps.length - 1, Math.floor(share * steps.length))]!;
  });
  return line.join('').padStart(width);
}

/** '12.3%', or '12%' without decimals and above 99.9; '' when nothing is known. */
export function percentText(value: number | undefined, decimals: 0 | 1): string {
  if (value === undefined) return '';
  return `${value.toFixed(value >= 99.95 ? 0 : decimals)}%`;
}
