/** What the rows measure with: the same small image for all engines, and containers that only sleep. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { EngineUnderTest } from './engines.ts';
import { run } from './measure.ts';

export const IMAGE = 'localhost/bench-busybox:1';

/** The same one-layer image for all: static busybox with its applets. */
export async function importBusybox(engines: EngineUnderTest[], work: string): Promise<void> {
  const tar = join(work, 'busybox.tar');
  const script = join(work, 'make.sh');
  writeFileSync(
    script,
    `set -e; d=$(mktemp -d); mkdir -p $d/bin $d/tmp $d/etc; cp "$(command -v busybox)" $d/bin/busybox
     for a in $(busybox --list); do [ -e $d/bin/$a ] || ln -s busybox $d/bin/$a; done
     echo root:x:0:0:root:/root:/bin/sh > $d/etc/passwd; tar -C $d -cf ${tar} .; rm -r $d`,
  );
  await run(['sh', script]);
  for (const engine of engines) {
    const held = await run([...engine.cli, 'images', '-q', IMAGE]);
    if (held.trim() === '') await run([...engine.cli, 'import', tar, IMAGE]);
  }
}

/** Containers without a network that do nothing. */
export async function startSleepers(engine: EngineUnderTest, count: number, work: string): Promise<void> {
  await importBusybox([engine], work);
  const argv = ['run', ...engine.runFlags, '-d', '--network', 'none', IMAGE, 'sleep', '10000'];
  for (let started = 0; started < count; started += 1) await run([...engine.cli, ...argv]);
}

export async function removeAll(engine: EngineUnderTest): Promise<void> {
  const ids = (await run([...engine.cli, 'ps', '-aq'])).split('\n').filter(Boolean);
  if (ids.length > 0) await run([...engine.cli, 'rm', '-f', ...ids]);
}
