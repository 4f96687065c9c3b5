/** Checks the database: its file, its documents, and names and records that point at nothing. */

import { execDocuments } from '../../containers/exec/exec-records.ts';
import { containerDocuments, containerNames } from '../../containers/records.ts';
import { supervisedIds, unsuperviseContainer } from '../../containers/supervised.ts';
import type { Context } from '../../context.ts';
import { imageDigests, imageDocuments, imageTags } from '../../images/records.ts';
import { type Names, openDocuments } from '../../state/documents.ts';
import { isRemade, isWhole } from '../../state/record-shapes.ts';
import type { Finding } from './finding.ts';

/** Whether documents can be read at all: the other checks need them. */
export function checkDatabaseFile(ctx: Context): Finding[] {
  const { state, paths } = ctx;
  const hint = `restore ${paths.database} from a backup, or start anew with another --root`;
  const rows = state.db.prepare('PRAGMA integrity_check(20)').all();
  const faults = rows.map((row) => String(Object.values(row)[0])).filter((text) => text !== 'ok');
  return [
    ...faults.map((message) => ({ object: 'database', message, hint })),
    ...damagedRecords(state).map(({ kind, id }) => ({
      object: `record ${kind} ${id}`,
      message: 'it is damaged',
      ...(isRemade(kind)
        ? {
            hint: 'nothing is lost by removing it',
            repair: async () => void openDocuments(state, kind).remove(id),
          }
        : { hint }),
    })),
  ];
}

/** A record that is put right meanwhile is a whole one at the next look. */
function damagedRecords(state: Context['state']): { kind: string; id: string }[] {
  const rows = state.db.prepare(
    'SELECT kind, id, CASE WHEN json_valid(body) THEN body END AS body FROM documents',
  );
  return (rows.all() as { kind: string; id: string; body: string | null }[]).filter(
    ({ kind, body }) => body === null || !isWhole(kind, JSON.parse(body)),
  );
}

/** Names and records that point at containers or images which are not there. */
export function checkReferences(ctx: Context): Finding[] {
  const hasContainer = (id: string) => containerDocuments(ctx).get(id) !== undefined;
  const hasImage = (id: string) => imageDocuments(ctx).get(id) !== undefined;
  return [
    ...lostNames(ctx, 'container name', containerNames(ctx), hasContainer),
    ...lostNames(ctx, 'image name', imageTags(ctx), hasImage),
    ...lostNames(ctx, 'image digest', imageDigests(ctx), hasImage),
    ...namelessContainers(ctx),
    ...lostRecords(ctx, hasContainer),
  ];
}

function lostNames(ctx: Context, kind: string, names: Names, exists: (id: string) => boolean): Finding[] {
  return names
    .all()
    .filter(({ id }) => !exists(id))
    .map(({ name, id }) => ({
      object: `${kind} ${name}`,
      message: `it points at ${id}, which is not there`,
      hint: 'nothing is lost by removing the name',
      repair: async () =>
        ctx.state.write(() => {
          if (names.get(name) === id && !exists(id)) names.release(name);
        }),
    }));
}

function namelessContainers(ctx: Context): Finding[] {
  const names = containerNames(ctx);
  return containerDocuments(ctx)
    .all()
    .filter(({ Id, Name }) => names.get(Name) !== Id)
    .map(({ Id, Name }) => ({
      object: `container ${Id.slice(0, 12)}`,
      message: `its name ${Name} is not its own`,
      hint: `give it another: boxtop rename ${Id.slice(0, 12)} NAME`,
      ...(names.get(Name) === undefined && {
        repair: async () =>
          ctx.state.write(() => {
            if (containerDocuments(ctx).get(Id)?.Name === Name) names.claim(Name, Id);
          }),
      }),
    }));
}

function lostRecords(ctx: Context, hasContainer: (id: string) => boolean): Finding[] {
  const message = 'its container is not there';
  const hint = 'nothing is lost by removing the record';
  const execs = execDocuments(ctx)
    .all()
    .filter(({ ContainerID }) => !hasContainer(ContainerID))
    .map(({ ID }) => ({
      object: `exec ${ID.slice(0, 12)}`,
      message,
      hint,
      repair: async () => void execDocuments(ctx).remove(ID),
    }));
  const supervised = supervisedIds(ctx)
    .filter((id) => !hasContainer(id))
    .map((id) => ({
      object: `supervision of ${id.slice(0, 12)}`,
      message,
      hint,
      repair: async () => unsuperviseContainer(ctx, id),
    }));
  return [...execs, ...supervised];
}
