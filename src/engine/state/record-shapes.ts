/**
 * What records have had since the first version: one that lacks it was written by hand or by a fault. Plain expressions: `ps` reads hundreds
 * of records, and going through a description of each shape took it a tenth of its time. Pure.
 */

type Fields = Readonly<Record<string, unknown>>;

const isMap = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isMapOrNull = (value: unknown): boolean => value === null || isMap(value);

/** A list whose items all pass. */
function isListOf(value: unknown, test: (item: unknown) => boolean): boolean {
  if (!Array.isArray(value)) return false;
  for (const item of value) if (!test(item)) return false;
  return true;
}

const isText = (value: unknown): boolean => typeof value === 'string';

const isLayer = (value: unknown): boolean =>
  isMap(value) &&
  typeof value['diffId'] === 'string' &&
  typeof value['sizeBytes'] === 'number' &&
  isMap(value['blob']) &&
  typeof value['blob']['digest'] === 'string' &&
  typeof value['blob']['size'] === 'number';

const isConfig = (value: unknown): boolean =>
  isMap(value) &&
  typeof value['architecture'] === 'string' &&
  typeof value['os'] === 'string' &&
  isMap(value['rootfs']) &&
  isListOf(value['rootfs']['diff_ids'], isText);

/** A process that something belongs to. */
const hasProcess = ({ pid, started }: Fields): boolean =>
  typeof pid === 'number' && typeof started === 'string';

const SHAPES: Readonly<Record<string, (record: Fields) => boolean>> = {
  'build-cache': ({ key, layer, createdBy, createdAt, lastUsedAt }) =>
    typeof key === 'string' &&
    typeof createdBy === 'string' &&
    typeof createdAt === 'number' &&
    typeof lastUsedAt === 'number' &&
    isLayer(layer),
  'build-replay': ({ events, imageId }) =>
    typeof imageId === 'string' && isListOf(events, (event) => isMap(event) && isText(event['type'])),
  'build-container': (record) => typeof record['Id'] === 'string' && hasProcess(record),
  'build-running': (record) => typeof record['sinceMs'] === 'number' && hasProcess(record),
  'build-scratch': (record) => typeof record['name'] === 'string' && hasProcess(record),
  lease: (record) => isListOf(record['digests'], isText) && hasProcess(record),
  'image-tag-time': ({ taggedAt }) => typeof taggedAt === 'string',
  image: ({ Id, config, layers, parent }) =>
    typeof Id === 'string' && typeof parent === 'string' && isConfig(config) && isListOf(layers, isLayer),
  volume: ({ Name, Driver, CreatedAt, Labels, Options }) =>
    typeof Name === 'string' &&
    typeof Driver === 'string' &&
    typeof CreatedAt === 'string' &&
    isMapOrNull(Labels) &&
    isMapOrNull(Options),
  network: ({ Id, Name, Created, Driver, Options, Labels }) =>
    typeof Id === 'string' &&
    typeof Name === 'string' &&
    typeof Created === 'string' &&
    typeof Driver === 'string' &&
    isMap(Options) &&
    isMap(Labels),
  container: (record) => hasIdentity(record) && hasParts(record),
};

const hasIdentity = ({ Id, Created, Name, Path, Args, Image, Platform }: Fields): boolean =>
  typeof Id === 'string' &&
  typeof Created === 'string' &&
  typeof Name === 'string' &&
  typeof Path === 'string' &&
  typeof Image === 'string' &&
  typeof Platform === 'string' &&
  isListOf(Args, isText);

const hasParts = (record: Fields): boolean => {
  const { State, Config, NetworkSettings, HostConfig, Layers, Mounts, AnonymousVolumes, ExecIDs } = record;
  return (
    isMap(State) &&
    typeof State['Status'] === 'string' &&
    typeof State['StartedAt'] === 'string' &&
    isMap(Config) &&
    typeof Config['Image'] === 'string' &&
    isMap(NetworkSettings) &&
    isMap(NetworkSettings['Ports']) &&
    isMap(NetworkSettings['Networks']) &&
    isMap(HostConfig) &&
    isListOf(Layers, isText) &&
    isListOf(Mounts, isMap) &&
    isListOf(AnonymousVolumes, isText) &&
    isListOf(ExecIDs, isText)
  );
};

/** Kinds that may be missing: what is made again, and what processes note while they run. */
const REMADE = new Set([
  ...['build-cache', 'build-replay', 'image-tag-time'],
  ...['build-container', 'build-running', 'build-scratch', 'lease'],
]);

export const isRemade = (kind: string): boolean => REMADE.has(kind);

/** Whether `body` is what the kind's readers rely on; of unknown kinds everything is that is JSON at all (not undefined). */
export function isWhole(kind: string, body: unknown): boolean {
  const shape = SHAPES[kind];
  return shape === undefined ? body !== undefined : isMap(body) && shape(body);
}
