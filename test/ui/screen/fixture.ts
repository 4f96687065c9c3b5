/** A state with everything on the screen, for tests that draw. */
import type { ContainerSummary, ImageSummary, NetworkInfo, VolumeInfo } from '../../../src/engine/index.ts';
import { StatsBook } from '../../../src/ui/screen/data/stats-book.ts';
import type { DetailsSources } from '../../../src/ui/screen/panes/details-pane.tsx';
import { LogBuffer } from '../../../src/ui/screen/state/log-buffer.ts';
import { initialState, type ScreenState } from '../../../src/ui/screen/state/types.ts';

const NOW_SECONDS = 1_800_000_000;

export function container(name: string, parts: Partial<ContainerSummary> = {}): ContainerSummary {
  const id = Buffer.from(name).toString('hex').padEnd(64, '0').slice(0, 64);
  return {
    Id: id,
    Names: [`/${name}`],
    Image: 'busybox:latest',
    ImageID: `sha256:${'ab'.repeat(32)}`,
    Command: '"sh"',
    Created: NOW_SECONDS - 7200,
    Ports: [],
    Labels: {},
    State: 'running',
    Status: 'Up 2 hours',
    HostConfig: { NetworkMode: 'bridge' },
    NetworkSettings: { Networks: {} },
    Mounts: [],
    ...parts,
  };
}

function image(tags: string[], parts: Partial<ImageSummary> = {}): ImageSummary {
  const id = `sha256:${Buffer.from(tags[0] ?? 'none')
    .toString('hex')
    .padEnd(64, '1')
    .slice(0, 64)}`;
  const zero = { ParentId: '', RepoDigests: [], SharedSize: 0, VirtualSize: 0, Labels: {}, Containers: 0 };
  return { Id: id, RepoTags: tags, Created: NOW_SECONDS - 86_400, Size: 187_000_000, ...zero, ...parts };
}

const volume = (name: string): VolumeInfo => ({
  Name: name,
  Driver: 'local',
  Mountpoint: `/var/lib/boxtop/volumes/${name}/_data`,
  CreatedAt: new Date((NOW_SECONDS - 300) * 1000).toISOString(),
  Labels: null,
  Scope: 'local',
  Options: null,
});

const network = (name: string, driver: NetworkInfo['Driver']): NetworkInfo => ({
  Name: name,
  Id: Buffer.from(name).toString('hex').padEnd(64, '2'),
  Created: '',
  Scope: 'local',
  Driver: driver,
  EnableIPv6: false,
  IPAM: {
    Driver: 'default',
    Options: null,
    Config: driver === 'bridge' ? [{ Subnet: '172.17.0.0/16' }] : [],
  },
  Internal: false,
  Attachable: false,
  Ingress: false,
  ConfigFrom: { Network: '' },
  ConfigOnly: false,
  Containers: {},
  Options: {},
  Labels: {},
});

/** Lists of every kind, with wide characters in names. */
export function fullState(columns: number, rows: number): ScreenState {
  return {
    ...initialState({ columns, rows }, NOW_SECONDS),
    isLoaded: true,
    lists: {
      containers: [
        container('web'),
        container('数据库', {
          Image: 'registry.example.com/团队/数据库:一',
          State: 'paused',
          Status: 'Up 3 days (Paused)',
        }),
        container('job', { State: 'exited', Status: 'Exited (137) 5 minutes ago' }),
        container('a-container-whose-name-is-much-too-long-for-its-column', {
          State: 'created',
          Status: 'Created',
        }),
        ...Array.from({ length: 30 }, (_, index) => container(`worker-${index}`)),
      ],
      images: [image(['busybox:latest', 'localhost:5000/team/busybox:1.36']), image([])],
      volumes: [volume('data'), volume('f'.repeat(64))],
      networks: [network('bridge', 'bridge'), network('host', 'host')],
    },
  };
}

/** A log with colours, wide characters, a progress bar's carriage returns and sequences that must not get through. */
export function sources(): DetailsSources {
  const log = new LogBuffer();
  const texts = [
    'plain text',
    '\x1b[31mred\x1b[0m and \x1b[1;44mbold on blue\x1b[0m',
    '健康检查 ok ✅ done',
    'progress 10%\rprogress 100%',
    'clear \x1b[2J\x1b[H\x1b]0;title\x07 nothing',
    `long ${'x'.repeat(300)} end`,
    'naïve e\u0301 café',
  ];
  for (let index = 0; index < 40; index += 1) {
    log.append({
      time: '2026-01-02T03:04:05.678901234Z',
      isError: index % 5 === 0,
      text: texts[index % texts.length]!,
      source: 'one',
    });
  }
  return { log, stats: new StatsBook(), sessionOf: () => undefined, chart: () => undefined };
}
