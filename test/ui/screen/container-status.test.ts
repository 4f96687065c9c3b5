import { describe, expect, it } from 'vitest';
import { statusGlyph, statusPaint, statusText } from '../../../src/ui/screen/panes/container-status.ts';
import { glyphs, theme } from '../../../src/ui/screen/widgets/theme.ts';

const plain = (text: string) => text;

describe("a container's state in the list", () => {
  it.each([
    ['Up 2 hours (healthy)', 20, 'Up 2h (healthy)'],
    ['Up 2 hours (healthy)', 14, 'healthy 2h'],
    ['Up 3 seconds (health: starting)', 14, 'starting 3s'],
    ['Up 3 seconds (unhealthy)', 14, 'unhealthy 3s'],
    ['Up 3 days (lost, restart it)', 30, 'Up 3d (lost, restart it)'],
    ['Up 3 days (lost, restart it)', 14, 'lost 3d'],
    ['Up 3 days (Paused)', 11, 'paused 3d'],
    ['Restarting (1) 3 seconds ago', 20, 'Restarting (1) 3s'],
    ['Restarting (1) 3 seconds ago', 14, 'restarting 3s'],
    ['Restarting (137) 15 minutes ago', 11, 'restarting'],
    ['Exited (137) 5 minutes ago', 11, 'Exit 137 5m'],
    ['Exited (137) 15 minutes ago', 11, 'Exit 137'],
    ['Up 30 seconds (unhealthy)', 11, 'unhealthy'],
    ['Created', 3, 'Created'],
  ])('%j in %i columns is %j', (status, width, text) => {
    expect(statusText(status, width)).toBe(text);
  });

  it.each([
    [20, 'OOM (137) 5m'],
    [11, 'OOM 5m'],
  ])('says in %i columns that the kernel ended it for want of memory', (width, text) => {
    expect(statusText('Exited (137) 5 minutes ago', width, true)).toBe(text);
  });

  it.each([
    ['running', 'Up 2 hours', glyphs.running, theme.green, plain],
    ['running', 'Up 2 hours (healthy)', glyphs.running, theme.green, plain],
    ['running', 'Up 2 hours (health: starting)', glyphs.starting, theme.yellow, theme.yellow],
    ['running', 'Up 2 hours (unhealthy)', glyphs.sick, theme.red, theme.red],
    ['running', 'Up 2 hours (lost, restart it)', glyphs.lost, theme.red, theme.red],
    ['paused', 'Up 2 hours (Paused)', glyphs.paused, theme.yellow, theme.dim],
    ['restarting', 'Restarting (1) 3 seconds ago', glyphs.busy, theme.yellow, theme.yellow],
    ['exited', 'Exited (0) 3 seconds ago', glyphs.stopped, theme.dim, theme.dim],
    ['exited', 'Exited (1) 3 seconds ago', glyphs.stopped, theme.red, theme.red],
  ])('%s, %j has its sign and colours', (State, Status, glyph, glyphPaint, paint) => {
    const row = { State, Status };
    const sign = statusGlyph(row, undefined);
    expect([sign.glyph, sign.paint('x')]).toEqual([glyph, glyphPaint('x')]);
    expect(statusPaint(row)('x')).toBe(paint('x'));
    expect(statusGlyph(row, 'stopping').glyph).toBe(glyphs.busy);
  });
});
