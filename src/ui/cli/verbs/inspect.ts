/** boxtop inspect: containers, images, volumes and networks by name or id. */
import { codeOf, type Engine, EngineError } from '../../../engine/index.ts';
import { atLeast, bool, text } from '../flags.ts';
import { inspectObjects } from '../inspect-objects.ts';
import { daemonText, PlainError } from '../report.ts';
import type { Command } from '../verb.ts';

type Find = (engine: Engine, name: string, size: boolean) => Promise<unknown>;

/** In Docker's order of search. */
const KINDS: Readonly<Record<string, Find>> = {
  container: (engine, name, size) => engine.containers.inspect(name, { size }),
  image: (engine, name) => engine.images.inspect(name),
  network: (engine, name) => engine.networks.inspect(name),
  volume: (engine, name) => engine.volumes.inspect(name),
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
    const find = (name: string) => findFirst(kinds, engine(), name, flags.bool('size'));
    return await inspectObjects(args, find, flags.string('format'), io, (error, name) =>
      codeOf(error) === 'NOT_FOUND'
        ? `Error: No such ${type === '' ? 'object' : type}: ${name}`
        : daemonText(error),
    );
  },
};

async function findFirst(
  kinds: readonly Find[],
  engine: Engine,
  name: string,
  size: boolean,
): Promise<unknown> {
  for (const find of kinds) {
    try {
      return await find(engine, name, size);
    } catch (error) {
      // a name that one kind can't have ('A' as an image) may be another's
      const code = codeOf(error);
      if (code !== 'NOT_FOUND' && code !== 'INVALID_ARGUMENT') throw error;
      if (kinds.length === 1) throw error;
    }
  }
  throw new EngineError('NOT_FOUND', `No such object: ${name}`);
}
