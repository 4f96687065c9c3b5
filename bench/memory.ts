/** How much memory an engine's own processes take for running containers. */
import { readdirSync, readFileSync } from 'node:fs';
import type { EngineUnderTest } from './engines.ts';

/** Command names (15 bytes, proc(5) comm) of what stays in memory while containers run. */
const RESIDENT: Record<EngineUnderTest['name'], readonly string[]> = {
  boxtop: ['conmon'],
  podman: ['conmon'],
  docker: ['dockerd', 'containerd', 'containerd-shim'],
};

/** Megabytes (PSS) per container of all such processes that belong to this engine. */
export function monitorsMemory(engine: EngineUnderTest, containers: number): number {
  const mark = engine.cli.find((word) => word.includes('boxtop-bench-'))!.replace(/^unix:\/\//, '');
  const folder = mark.replace(/\/[^/]*$/, '');
  let kilobytes = 0;
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const name = readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
      const isOurs = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(folder);
      if (!isOurs || !RESIDENT[engine.name].includes(name)) continue;
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))![1]);
    } catch {
      // ended meanwhile
    }
  }
  return kilobytes / 1024 / containers;
}
