import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { Place } from '../../../src/ui/screen/keys/binding.ts';
import { keyLabel, keyTable } from '../../../src/ui/screen/keys/table.ts';

const README = new URL('../../../README.md', import.meta.url);
const SECTIONS: [title: string, place: Place][] = [
  ['everywhere', 'global'],
  ['lists', 'list'],
  ['containers', 'containers'],
  ['images', 'images'],
  ['volumes', 'volumes'],
  ['logs', 'logs'],
];

/** One row a place: its keys and what they do. */
function table(): string {
  const rows = SECTIONS.map(([title, place]) => {
    const bindings = keyTable.filter(
      ({ places, isOnlyOffered }) => places.includes(place) && isOnlyOffered !== true,
    );
    const keys = bindings.map(
      ({ keys, label }) => `\`${keys.map(keyLabel).join(' ').replaceAll('|', '\\|')}\` ${label}`,
    );
    return `| ${title} | ${keys.join(' · ')} |`;
  });
  return ['| where | keys |', '|---|---|', ...rows].join('\n');
}

describe('the README', () => {
  it('shows the keys of the key table (UPDATE_README=1 writes them)', () => {
    const text = readFileSync(README, 'utf8');
    const updated = text.replace(
      /(<!-- keys -->\n)[\s\S]*(<!-- \/keys -->)/,
      (_, start, end) => `${start}${table()}\n${end}`,
    );
    if (process.env['UPDATE_README'] === '1') writeFileSync(README, updated);
    else expect(text).toBe(updated);
  });
});
