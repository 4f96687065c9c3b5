/**
 * Who looks at running containers while no boxtop runs: one small shell loop per store (0.3 MB; a boxtop that waited would be 40 MB),
 * there while a container runs. What it watches are links in a folder, LIMIT/ID → log, so it needs no database.
 */
import { existsSync, readdirSync, readFileSync, rmdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { startDetached } from '../command.ts';
import type { Context } from '../context.ts';
import { codeOf } from '../errors.ts';

/** Where `tendWatched` notes that the oom file of a bundle is recorded. */
export const OOM_TOLD = 'oom-told';

/**
 * Calls the command for a log that is too large or gone, a monitor that was killed (a zombie has no exe), and a process that was killed
 * for memory. A container that writes fast is looked at every second, the others every four: 4 ms of a processor each time. Once an
 * hour the command runs in any case: it drops links that a crash left. It has a session of its own: what it does for the last
 * container ends the watcher.
 */
const SCRIPT = `
folder=$1; shift
echo $$ > "$folder/pid"
pause=1; looks=0
while sleep $pause; do
  read -r owner < "$folder/pid" && [ "$owner" = $$ ] || exit 0
  due=; some=; looks=$((looks + 1))
  if [ $looks -ge 900 ]; then due=1; looks=0; fi
  for limit in "$folder"/[0-9]*; do
    for link in "$limit"/*; do
      [ -L "$link" ] || continue
      some=1; pid=; bundle=\${folder%/*}/containers/\${link##*/}
      read -r pid < "$bundle/conmon.pid"
      [ -e "$link" ] && [ -e "/proc/$pid/exe" ] || due=1
      [ ! -e "$bundle/oom" ] || [ -e "$bundle/${OOM_TOLD}" ] || due=1
    done
    [ "$due" ] || due=$(find -L "$limit" -type f -size "+\${limit##*/}c" -print -quit 2>/dev/null)
  done
  if [ ! "$some" ]; then
    rm "$folder/pid" || exit 0
    [ "$(ls "$folder")" ] || exit 0
    echo $$ > "$folder/pid"
  fi
  if [ "$due" ]; then setsid "$@" < /dev/null > /dev/null 2>&1 && pause=1 || pause=4; elif [ $pause -lt 4 ]; then pause=$((pause + 1)); fi
done`;

/** How long a foreground command waits before it has its container watched: most end before. */
const FOREGROUND_MS = 1000;

export const watchFolder = (ctx: Context): string => join(ctx.paths.runRoot, 'logs');
const pidFile = (ctx: Context): string => join(watchFolder(ctx), 'pid');

/** Sees to it that somebody looks at what `watchContainer` listed. */
export function startWatcher(ctx: Context, { isForeground }: { isForeground: boolean }): void {
  if (isForeground) setTimeout(() => ensureWatcher(ctx), FOREGROUND_MS).unref();
  else ensureWatcher(ctx);
}

/** At the end of the container; the last one ends the watcher. */
export function unwatchContainer(ctx: Context, id: string): void {
  forgetWatched(ctx, id);
  if (watchedIds(ctx).length > 0) return;
  const pid = watcherPid(ctx);
  rmSync(pidFile(ctx), { force: true });
  ensureWatcher(ctx); // for a container that was started meanwhile and still saw this one
  if (pid !== undefined) endGroup(pid);
}

/** Ids of the containers that are watched: those that run. */
export function watchedIds(ctx: Context): string[] {
  return limitFolders(ctx).flatMap((limit) => {
    try {
      return readdirSync(join(watchFolder(ctx), limit));
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return [];
      throw error;
    }
  });
}

/** For who opens the store: a watcher that was killed is started again by the next command. */
export function reviveWatcher(ctx: Context): void {
  const longAgoMs = Date.now() - 2 * FOREGROUND_MS;
  if (watchedSince(ctx).some((sinceMs) => sinceMs < longAgoMs)) ensureWatcher(ctx);
}

/** Of one that is gone, or whose monitor was killed: its log grows no more. The watcher ends by itself when it was the last. */
export function forgetWatched(ctx: Context, id: string): void {
  for (const limit of limitFolders(ctx)) {
    rmSync(join(watchFolder(ctx), limit, id), { force: true });
    removeEmpty(join(watchFolder(ctx), limit));
  }
}

/** Starts the watcher when there is something to watch and nobody who does. Of two started at once the later one stays. */
function ensureWatcher(ctx: Context): void {
  if (watchedIds(ctx).length === 0 || watcherPid(ctx) !== undefined) return;
  const { root, runRoot } = ctx.paths;
  const tend = [...ctx.self, '--root', root, '--runroot', runRoot, 'internal', 'tend'];
  startDetached('/bin/sh', ['-c', SCRIPT, 'boxtop-watch', watchFolder(ctx), ...tend], '/dev/null');
}

/** When the newest container of each limit was started or ended, in milliseconds since 1970. */
const watchedSince = (ctx: Context): number[] =>
  limitFolders(ctx).map(
    (limit) => statSync(join(watchFolder(ctx), limit), { throwIfNoEntry: false })?.mtimeMs ?? Infinity,
  );

function limitFolders(ctx: Context): string[] {
  const folder = watchFolder(ctx);
  if (!existsSync(folder)) return []; // every command looks, and an exception takes time
  try {
    return readdirSync(folder).filter((name) => /^\d+$/.test(name));
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

/** A pid may be another process's by now: the watcher has the folder among its arguments. */
function watcherPid(ctx: Context): number | undefined {
  try {
    const pid = Number(readFileSync(pidFile(ctx), 'utf8'));
    const args = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
    return args[3] === 'boxtop-watch' && args[4] === watchFolder(ctx) ? pid : undefined;
  } catch {
    return undefined; // never started, or ended
  }
}

/** With the sleep it waits for. */
function endGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGTERM');
  } catch (error) {
    if (codeOf(error) !== 'ESRCH') throw error;
  }
}

function removeEmpty(folder: string): void {
  try {
    rmdirSync(folder);
  } catch (error) {
    if (!['ENOTEMPTY', 'ENOENT', 'EEXIST'].includes(codeOf(error) ?? '')) throw error;
  }
}
