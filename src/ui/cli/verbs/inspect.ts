/** boxtop inspect: containers, images, volumes and networks by name or id. */
import { codeOf, type Engine, EngineError, messageOf } from '../../../engine/index.ts';
import { atLeast, bool, text } from '../flags.ts';
import { type InspectedKind, inspectObjects } from '../inspect-objects.ts';
import { PlainError } from '../plain-error.ts';
import { daemonText } from '../report.ts';
import type { Command } from '../verb.ts';

interface Kind {
  kind: InspectedKind;
  find: (engine: Engine, name: string, size: boolean) => Promise<unknown>;
}

/** In Docker's order of search. */
const KINDS: Readonly<Record<string, Kind>> = {
  container: { kind: 'Container', find: (engine, name, size) => engine.containers.inspect(name, { size }) },
  image: { kind: 'Image', find: (engine, name) => engine.images.inspect(name) },
  network: { kind: 'Network', find: (engine, name) => engine.networks.inspect(name) },
  volume: { kind: 'Volume', find: (engine, name) => engine.volumes.inspect(name) },
};

export const command: Command = {
  usage: '[OPTIONS] NAME|ID [NAME|ID...]',
  summary: 'Return low-level information on objects',
  flags: [
    text('format', 'Print with a Go template', 'f'),
    bool('size', 'Show the size of what a container wrote', 's'),
    text('type', 'Look only for this kind: container, image, network, volume'),
  ],
  arity: atLeast(1),
  async run({ flags, args }, engine, io) {
    const type = flags.string('type') ?? '';
    if (type !== '' && !Object.hasOwn(KINDS, type))
      throw new PlainError(`${JSON.stringify(type)} is not a valid value for --type`);
    const kinds = type === '' ? Object.values(KINDS) : [KINDS[type]!];
    const size = flags.bool('size');
    const find = async (name: string) => {
      const found = await findFirst(kinds, engine(), name, size);
      if (size && found.kind !== 'Container')
        await io.stderr.write(`WARNING: --size ignored for ${found.kind.toLowerCase()}\n`);
      return found;
    };
    return await inspectObjects(args, find, flags.string('format'), io, (error, name) =>
      codeOf(error) === 'NOT_FOUND'
        ? `Error: No such ${type === '' ? 'object' : type}: ${name}`
        : daemonText(error),
    );
  },
};

async function findFirst(kinds: readonly Kind[], engine: Engine, name: string, size: boolean) {
  for (const { kind, find } of kinds) {
    try {
      return { object: await find(engine, name, size), kind };
    } catch (error) {
      if (kinds.length === 1 || !isSkipped(error)) throw error;
    }
  }
  throw new EngineError('NOT_FOUND', `No such object: ${name}`);
}

/** A name that one kind doesn't have, or can't have ('A' as an image), may be another's. One that is ambiguous is an error. */
function isSkipped(error: unknown): boolean {
  return codeOf(error) === 'NOT_FOUND' || /^invalid reference format/.test(messageOf(error));
}
