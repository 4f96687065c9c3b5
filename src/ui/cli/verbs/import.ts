/** boxtop import: a tarball becomes a one-layer image. */
import { createReadStream } from 'node:fs';
import type { Readable } from 'node:stream';
import { finish } from '../../../engine/index.ts';
import { fileText } from '../caller.ts';
import { between, list, text } from '../flags.ts';
import type { CliIo } from '../io.ts';
import { PlainError } from '../plain-error.ts';
import type { Command } from '../verb.ts';

export const command: Command = {
  usage: 'file|URL|- [REPOSITORY[:TAG]]',
  summary: 'Import the contents of a tarball as an image',
  flags: [
    list('change', 'Apply a Dockerfile instruction to the image', 'c'),
    text('message', 'Message for the image', 'm'),
    text('platform', 'Platform of the image, os/arch[/variant]'),
  ],
  arity: between(1, 2),
  async run({ flags, args }, engine, io) {
    const [source = '', reference] = args;
    const message = flags.string('message');
    const platform = flags.string('platform');
    const job = engine().images.import(await openSource(source, io), {
      changes: flags.list('change'),
      signal: io.signal,
      ...(reference !== undefined && { reference }),
      ...(message !== undefined && { message }),
      ...(platform !== undefined && { platform }),
    });
    const { imageId } = await finish(job, io.onProgress);
    await io.stdout.write(`${imageId}\n`);
    return 0;
  },
};

async function openSource(source: string, io: CliIo): Promise<Readable | URL> {
  if (source === '-') return io.stdin;
  if (/^https?:\/\//.test(source)) {
    const url = URL.parse(source);
    if (url === null) throw new PlainError(`${source}: not a URL`);
    return url;
  }
  const stream = createReadStream(source);
  await new Promise<void>((resolve, reject) => {
    stream.once('open', () => resolve());
    stream.once('error', (error) => reject(new PlainError(fileText('open', source, error))));
  });
  return stream;
}
