/** Records that are no JSON, or JSON of another shape than their readers rely on. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { containerDocuments } from '../../../src/engine/containers/records.ts';
import type { Context } from '../../../src/engine/context.ts';
import { openDocuments } from '../../../src/engine/state/documents.ts';
import { checkDatabaseFile } from '../../../src/engine/system/check/database.ts';
import { addContainer, makeStore } from '../../support/engine-store.ts';

const LAYER = { diffId: 'sha256:a', sizeBytes: 1, blob: { digest: 'sha256:a', size: 1, mediaType: 'x' } };
const CONFIG = { architecture: 'amd64', os: 'linux', rootfs: { type: 'layers', diff_ids: ['sha256:a'] } };
const times = { createdAt: 1, lastUsedAt: 1 };
const WHOLE: Record<string, object> = {
  image: { Id: 'sha256:1', config: CONFIG, layers: [LAYER], parent: '' },
  volume: { Name: 'v', Driver: 'local', CreatedAt: '', Labels: null, Options: {}, isAnonymous: false },
  network: { Id: '1', Name: 'n', Created: '', Driver: 'bridge', Options: {}, Labels: {} },
  'build-cache': { key: 'k', layer: LAYER, createdBy: 'RUN', ...times },
  'build-replay': { id: 'r', events: [{ type: 'step' }], imageId: 'sha256:1' },
  'image-tag-time': { taggedAt: '' },
  'build-container': { Id: '1', pid: 1, started: '' },
  'build-running': { pid: 1, started: '', sinceMs: 1 },
  'build-scratch': { name: '/a', pid: 1, started: '' },
  lease: { pid: 1, started: '', digests: ['sha256:a'] },
};
const REMADE = [
  'build-cache',
  'build-replay',
  'image-tag-time',
  'build-container',
  'build-running',
  'build-scratch',
  'lease',
];

describe('a damaged record', () => {
  let ctx: Context;
  let close: () => void;

  beforeEach(() => {
    ({ ctx, close } = makeStore());
  });
  afterEach(() => close());

  const write = (kind: string, body: string) =>
    ctx.state.prepare('INSERT OR REPLACE INTO documents VALUES (?, ?, ?)').run(kind, 'one', body);
  /** The record without each of its fields, with a number in its place, and what is no record at all. */
  const damaged = (record: object) => [
    ...['{', '5', 'null', '[]', '"text"', '{}'],
    ...Object.keys(record)
      .filter((key) => !['isAnonymous', 'id'].includes(key))
      .flatMap((key) => [undefined, true].map((value) => JSON.stringify({ ...record, [key]: value }))),
  ];

  it.each(['image', 'volume', 'network'])('is named by who reads the %s', (kind) => {
    const documents = openDocuments(ctx.state, kind);
    write(kind, JSON.stringify(WHOLE[kind]));
    expect(documents.get('one')).toEqual(WHOLE[kind]);
    for (const body of damaged(WHOLE[kind]!)) {
      write(kind, body);
      const error = expect.objectContaining({
        code: 'DATA_LOSS',
        message: `record ${kind} one: it is damaged`,
        hint: expect.stringContaining('boxtop system check'),
      });
      expect(() => documents.get('one'), body).toThrow(error);
      expect(() => documents.all(), body).toThrow(error);
    }
  });

  it('that is no JSON is named, whatever its kind', () => {
    const documents = openDocuments(ctx.state, 'of-any-shape');
    write('of-any-shape', '{');
    const message = 'record of-any-shape one: it is damaged';
    expect(() => documents.get('one')).toThrow(message);
    expect(() => documents.all()).toThrow(message);
  });

  it('of a container, too', () => {
    const { Id } = addContainer(ctx, 'a');
    const documents = containerDocuments(ctx);
    const record = documents.get(Id)!;
    for (const key of [
      'Id',
      'Name',
      'State',
      'Config',
      'HostConfig',
      'NetworkSettings',
      'Platform',
      'Layers',
    ]) {
      const body = JSON.stringify({ ...record, [key]: undefined });
      ctx.state.prepare('UPDATE documents SET body = ? WHERE id = ?').run(body, Id);
      expect(() => documents.all(), key).toThrow(`record container ${Id}: it is damaged`);
    }
  });

  it.each(REMADE)('is as if it were not there where it is made again: %s', (kind) => {
    const documents = openDocuments(ctx.state, kind);
    for (const body of damaged(WHOLE[kind]!)) {
      write(kind, body);
      expect([documents.get('one'), documents.all()], body).toEqual([undefined, []]);
    }
    documents.put('one', WHOLE[kind]!);
    expect(documents.all()).toEqual([WHOLE[kind]]);
  });

  it('is found by the check of the system, which removes what is made again', async () => {
    expect(checkDatabaseFile(ctx)).toEqual([]);
    for (const kind of Object.keys(WHOLE)) write(kind, '{}');
    const findings = checkDatabaseFile(ctx);
    expect(findings.map(({ object }) => object).sort()).toEqual(
      Object.keys(WHOLE)
        .map((kind) => `record ${kind} one`)
        .sort(),
    );
    for (const { repair } of findings) await repair?.();
    const left = checkDatabaseFile(ctx).map(({ object }) => object);
    expect(left.sort()).toEqual(['record image one', 'record network one', 'record volume one']);
  });
});
