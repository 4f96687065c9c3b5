import { describe, expect, it } from 'vitest';
import { imageUsage, type StoreFacts } from '../../../src/engine/system/image-usage.ts';

/** base (100) is shared by two images; each has a layer of its own and a configuration. */
const facts = (parts: Partial<StoreFacts> = {}): StoreFacts => ({
  sizes: new Map([
    ['base', 100],
    ['app-layer', 30],
    ['app-config', 1],
    ['other-layer', 7],
    ['other-config', 2],
  ]),
  ingestBytes: 0,
  images: [
    { id: 'app', parent: '', digests: ['app-config', 'base', 'app-layer'] },
    { id: 'other', parent: '', digests: ['other-config', 'base', 'other-layer'] },
  ],
  containers: [],
  steps: [],
  leased: new Set(),
  ...parts,
});

describe('what images take of the disk', () => {
  it('counts a layer that two images have once', () => {
    const { images } = imageUsage(facts());
    expect(images.TotalSize).toBe(140);
    expect(images.Reclaimable).toBe(140);
    expect(images.of('app')).toEqual({ size: 131, shared: 100 });
    expect(images.of('other')).toEqual({ size: 109, shared: 100 });
    expect(images.of('none')).toEqual({ size: 0, shared: 0 });
  });

  it('counts a layer that one image has twice once', () => {
    const { images } = imageUsage(
      facts({ sizes: new Map([['same', 5]]), images: [{ id: 'a', parent: '', digests: ['same', 'same'] }] }),
    );
    expect(images.of('a')).toEqual({ size: 5, shared: 0 });
    expect(images.TotalSize).toBe(5);
  });

  it("keeps what a container's image has, shared or not", () => {
    const { images } = imageUsage(facts({ containers: [{ image: 'app', layers: ['base', 'app-layer'] }] }));
    expect(images.TotalSize).toBe(140);
    expect(images.Reclaimable).toBe(9);
  });

  it('keeps the layers of a container whose image was removed, and counts them as images', () => {
    const { images } = imageUsage(
      facts({ images: [], containers: [{ image: 'gone', layers: ['base', 'app-layer'] }] }),
    );
    expect(images.TotalSize).toBe(140);
    expect(images.Reclaimable).toBe(10);
  });

  it('keeps the image that a used one was made from', () => {
    const images = [
      { id: 'app', parent: 'base-image', digests: ['app-config', 'base', 'app-layer'] },
      { id: 'base-image', parent: '', digests: ['other-config', 'base'] },
    ];
    const usage = imageUsage(facts({ images, containers: [{ image: 'app', layers: [] }] }));
    expect(usage.images.Reclaimable).toBe(7); // a layer that nothing names
  });

  it('counts a step of the build cache only where no image has its layer', () => {
    const steps = [
      { digests: ['app-layer'], isInUse: false },
      { digests: ['step', 'step-blob'], isInUse: false },
    ];
    const sizes = new Map([...facts().sizes, ['step', 40], ['step-blob', 4]]);
    const { images, cache } = imageUsage(facts({ sizes, steps }));
    expect(cache).toEqual({ TotalSize: 44, Reclaimable: 44 });
    expect(images.TotalSize).toBe(140);
    expect(images.Reclaimable).toBe(140);
  });

  it('gives back nothing of steps that a build uses, or of what is just being made', () => {
    const sizes = new Map([...facts().sizes, ['step', 40], ['new', 9]]);
    const steps = [{ digests: ['step', 'base'], isInUse: true }];
    const { images, cache } = imageUsage(facts({ sizes, steps, leased: new Set(['new']) }));
    expect(cache).toEqual({ TotalSize: 40, Reclaimable: 0 });
    expect(images).toMatchObject({ TotalSize: 149, Reclaimable: 40 });
  });

  it('counts downloads, which no prune removes', () => {
    const { images } = imageUsage(facts({ ingestBytes: 1000 }));
    expect(images).toMatchObject({ TotalSize: 1140, Reclaimable: 140 });
  });
});
