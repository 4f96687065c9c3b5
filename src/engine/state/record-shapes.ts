/** What records have had since the first version: one that lacks it was written by hand or by a fault. Pure. */

type Shape = 'string' | 'number' | 'map or null' | readonly [Shape] | { readonly [key: string]: Shape };

const BLOB: Shape = { digest: 'string', size: 'number' };
const LAYER: Shape = { diffId: 'string', sizeBytes: 'number', blob: BLOB };

const CONFIG: Shape = { architecture: 'string', os: 'string', rootfs: { diff_ids: ['string'] } };

const SHAPES: Readonly<Record<string, Shape>> = {
  'build-cache': {
    ...{ key: 'string', layer: LAYER, createdBy: 'string', createdAt: 'number', lastUsedAt: 'number' },
  },
  'build-replay': { events: [{ type: 'string' }], imageId: 'string' },
  'build-container': { Id: 'string', pid: 'number', started: 'string' },
  'build-running': { pid: 'number', started: 'string', sinceMs: 'number' },
  'build-scratch': { name: 'string', pid: 'number', started: 'string' },
  lease: { pid: 'number', started: 'string', digests: ['string'] },
  'image-tag-time': { taggedAt: 'string' },
  image: { Id: 'string', config: CONFIG, layers: [LAYER], parent: 'string' },
  volume: {
    ...{
      Name: 'string',
      Driver: 'string',
      CreatedAt: 'string',
      Labels: 'map or null',
      Options: 'map or null',
    },
  },
  network: { Id: 'string', Name: 'string', Created: 'string', Driver: 'string', Options: {}, Labels: {} },
  container: {
    ...{
      Id: 'string',
      Created: 'string',
      Name: 'string',
      Path: 'string',
      Args: ['string'],
      Image: 'string',
      Platform: 'string',
    },
    ...{
      State: { Status: 'string', StartedAt: 'string' },
      Layers: ['string'],
      Config: { Image: 'string' },
      HostConfig: {},
      Mounts: [{}],
    },
    ...{ NetworkSettings: { Ports: {}, Networks: {} }, AnonymousVolumes: ['string'], ExecIDs: ['string'] },
  },
};

/** Kinds that may be missing: what is made again, and what processes note while they run. */
const REMADE = new Set([
  ...['build-cache', 'build-replay', 'image-tag-time'],
  ...['build-container', 'build-running', 'build-scratch', 'lease'],
]);

export const isRemade = (kind: string): boolean => REMADE.has(kind);

/** Whether `body` is what the kind's readers rely on; of unknown kinds everything is. */
export function isWhole(kind: string, body: unknown): boolean {
  const shape = SHAPES[kind];
  return shape === undefined || fits(body, shape);
}

function fits(value: unknown, shape: Shape): boolean {
  if (shape === 'map or null') return value === null || fits(value, {});
  if (typeof shape === 'string') return typeof value === shape;
  if (isList(shape)) return Array.isArray(value) && value.every((item) => fits(item, shape[0]));
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return false;
  for (const key in shape) if (!fits((value as Record<string, unknown>)[key], shape[key]!)) return false;
  return true;
}

const isList = (shape: Exclude<Shape, string>): shape is readonly [Shape] => Array.isArray(shape);
