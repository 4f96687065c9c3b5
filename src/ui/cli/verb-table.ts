/** Every verb with all its spellings; each file is loaded when its verb is run. */
import type { Command } from './verb.ts';

export interface VerbEntry {
  /** 'ps', 'container ls', …; the first is the one the help shows */
  spellings: readonly string[];
  load: () => Promise<{ command: Command }>;
}

const container = (name: string, ...more: string[]) => [name, `container ${name}`, ...more];
const image = (name: string, ...more: string[]) => [name, `image ${name}`, ...more];

export const VERBS: readonly VerbEntry[] = [
  { spellings: container('attach'), load: () => import('./verbs/attach.ts') },
  { spellings: ['boot', 'system boot'], load: () => import('./verbs/boot.ts') },
  {
    spellings: ['build', 'image build', 'builder build', 'buildx build'],
    load: () => import('./verbs/build.ts'),
  },
  { spellings: ['builder prune', 'buildx prune'], load: () => import('./verbs/builder-prune.ts') },
  { spellings: container('commit'), load: () => import('./verbs/commit.ts') },
  { spellings: container('cp'), load: () => import('./verbs/cp.ts') },
  { spellings: container('create'), load: () => import('./verbs/create.ts') },
  { spellings: container('diff'), load: () => import('./verbs/diff.ts') },
  { spellings: ['events', 'system events'], load: () => import('./verbs/events.ts') },
  { spellings: container('exec'), load: () => import('./verbs/exec.ts') },
  { spellings: container('export'), load: () => import('./verbs/export.ts') },
  { spellings: image('history'), load: () => import('./verbs/history.ts') },
  { spellings: ['images', 'image ls', 'image list'], load: () => import('./verbs/images.ts') },
  { spellings: image('import'), load: () => import('./verbs/import.ts') },
  { spellings: ['info', 'system info'], load: () => import('./verbs/info.ts') },
  { spellings: ['inspect'], load: () => import('./verbs/inspect.ts') },
  { spellings: container('kill'), load: () => import('./verbs/kill.ts') },
  { spellings: ['login'], load: () => import('./verbs/login.ts') },
  { spellings: ['logout'], load: () => import('./verbs/logout.ts') },
  { spellings: container('logs'), load: () => import('./verbs/logs.ts') },
  { spellings: container('pause'), load: () => import('./verbs/pause.ts') },
  { spellings: container('port'), load: () => import('./verbs/port.ts') },
  {
    spellings: ['ps', 'container ls', 'container ps', 'container list'],
    load: () => import('./verbs/ps.ts'),
  },
  { spellings: image('pull'), load: () => import('./verbs/pull.ts') },
  { spellings: image('push'), load: () => import('./verbs/push.ts') },
  { spellings: container('rename'), load: () => import('./verbs/rename.ts') },
  { spellings: container('restart'), load: () => import('./verbs/restart.ts') },
  { spellings: container('rm', 'container remove'), load: () => import('./verbs/rm.ts') },
  { spellings: ['rmi', 'image rm', 'image remove'], load: () => import('./verbs/rmi.ts') },
  { spellings: container('run'), load: () => import('./verbs/run.ts') },
  { spellings: container('start'), load: () => import('./verbs/start.ts') },
  { spellings: container('stats'), load: () => import('./verbs/stats.ts') },
  { spellings: container('stop'), load: () => import('./verbs/stop.ts') },
  { spellings: image('tag'), load: () => import('./verbs/tag.ts') },
  { spellings: container('top'), load: () => import('./verbs/top.ts') },
  { spellings: container('unpause'), load: () => import('./verbs/unpause.ts') },
  { spellings: container('update'), load: () => import('./verbs/update.ts') },
  { spellings: ['version'], load: () => import('./verbs/version.ts') },
  { spellings: container('wait'), load: () => import('./verbs/wait.ts') },
  { spellings: ['container inspect'], load: () => import('./verbs/container-inspect.ts') },
  { spellings: ['container prune'], load: () => import('./verbs/container-prune.ts') },
  { spellings: ['image inspect'], load: () => import('./verbs/image-inspect.ts') },
  { spellings: ['image prune'], load: () => import('./verbs/image-prune.ts') },
  { spellings: ['network prune'], load: () => import('./verbs/network-prune.ts') },
  { spellings: ['network rm', 'network remove'], load: () => import('./verbs/network-rm.ts') },
  { spellings: ['network connect'], load: () => import('./verbs/network-connect.ts') },
  { spellings: ['network create'], load: () => import('./verbs/network-create.ts') },
  { spellings: ['network disconnect'], load: () => import('./verbs/network-disconnect.ts') },
  { spellings: ['network inspect'], load: () => import('./verbs/network-inspect.ts') },
  { spellings: ['network ls', 'network list'], load: () => import('./verbs/network-ls.ts') },
  { spellings: ['system check'], load: () => import('./verbs/system-check.ts') },
  { spellings: ['system df'], load: () => import('./verbs/system-df.ts') },
  { spellings: ['system prune'], load: () => import('./verbs/system-prune.ts') },
  { spellings: ['volume create'], load: () => import('./verbs/volume-create.ts') },
  { spellings: ['volume inspect'], load: () => import('./verbs/volume-inspect.ts') },
  { spellings: ['volume ls', 'volume list'], load: () => import('./verbs/volume-ls.ts') },
  { spellings: ['volume prune'], load: () => import('./verbs/volume-prune.ts') },
  { spellings: ['volume rm', 'volume remove'], load: () => import('./verbs/volume-rm.ts') },
];

/** First words that are followed by a verb, and what they are about. */
export const GROUPS: Readonly<Record<string, string>> = {
  builder: 'Manage builds',
  container: 'Manage containers',
  image: 'Manage images',
  network: 'Manage networks',
  system: 'Manage the store',
  volume: 'Manage volumes',
};

/** Verbs of Docker that are refused by name. */
export const UNSUPPORTED: ReadonlySet<string> = new Set(
  [
    'buildx checkpoint compose config context load save search swarm node service stack secret plugin manifest trust',
    'image-load image-save system-dial-stdio',
  ].flatMap((names) => names.split(' ')),
);

/** The verb at the head of `words`, and how many words it takes. */
export function findVerb(
  words: readonly string[],
): { entry: VerbEntry; path: string; length: number } | undefined {
  for (const length of [2, 1]) {
    const path = words.slice(0, length).join(' ');
    const entry =
      words.length >= length ? VERBS.find(({ spellings }) => spellings.includes(path)) : undefined;
    if (entry !== undefined) return { entry, path, length };
  }
  return undefined;
}
