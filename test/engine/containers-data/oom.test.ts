/** Kills by the OOM killer, as the groups' files count them. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { oomKills } from '../../../src/engine/containers/oom.ts';

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'boxtop-test-oom-'));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function make(folder: string, name: string, text: string): void {
  mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, folder, name), text);
}

it('are read from memory.oom_control on version 1', () => {
  make('memory/boxtop/a', 'memory.oom_control', 'oom_kill_disable 0\nunder_oom 0\noom_kill 2\n');
  make('memory/boxtop/b', 'memory.oom_control', 'oom_kill_disable 1\nunder_oom 1\noom_kill 0\n');
  expect(['a', 'b', 'gone'].map((id) => oomKills(`/boxtop/${id}`, false, root))).toEqual([2, 0, 0]);
});

it('are read from memory.events on version 2', () => {
  make('boxtop/a', 'memory.events', 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 1\noom_group_kill 4\n');
  make('boxtop/b', 'memory.events', 'low 0\nhigh 0\nmax 9\noom 3\noom_kill 0\n');
  expect(['a', 'b', 'gone'].map((id) => oomKills(`/boxtop/${id}`, true, root))).toEqual([1, 0, 0]);
});
