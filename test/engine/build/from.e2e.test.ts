import { describe, expect, it } from 'vitest';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder } from './builder.ts';

describe.skipIf(!canRunContainers)('FROM and COPY --from', () => {
  const builder = sharedBuilder();

  // two dots are no image's name, so no registry is asked
  it.each([
    ['FROM busybox AS my.app\nFROM my..app', 'no stage is called my..app; did you mean my.app?', 2],
    [
      'FROM busybox AS my.app\nFROM busybox\nCOPY --from=my..app /etc/group /',
      'no stage is called my..app; did you mean my.app?',
      3,
    ],
    [
      'FROM my..app AS a\nFROM a AS my..app',
      'the stage my..app stands further down: a stage begins on an image or an earlier stage',
      1,
    ],
  ])('tell the stage that was perhaps meant: %j', async (Dockerfile, hint, startLine) => {
    expect(await builder.fails({ Dockerfile })).toMatchObject({
      hint,
      failure: { startLine },
    });
  });

  it.each([
    ['EXPOSE 80/foo', 'Invalid proto: foo'],
    ['EXPOSE abc/tcp', 'Invalid containerPort: abc'],
    ['EXPOSE 9-8', 'Invalid containerPort: 9-8'],
  ])('stand before instructions that are refused in Docker’s words: %s', async (line, message) => {
    expect((await builder.fails({ Dockerfile: `FROM busybox\n${line}` })).message).toBe(message);
  });

  it('have a PATH where the base image has none, which ENV can add to', async () => {
    const { engine } = builder.store;
    const envOf = async (Dockerfile: string) => {
      const { imageId } = await builder.build({ Dockerfile, f: '' });
      return (await engine.images.inspect(imageId)).Config!.Env;
    };
    const usual = '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';
    expect(await envOf('FROM scratch\nCOPY f /')).toEqual([`PATH=${usual}`]);
    expect(await envOf('FROM scratch\nENV A=1 PATH=/own:$PATH\nCOPY f /')).toEqual([
      `PATH=/own:${usual}`,
      'A=1',
    ]);
  });

  it('take an empty --from as the context, as Docker does', async () => {
    const Dockerfile = 'FROM busybox\nCOPY --from= f /\nRUN cat /f';
    expect((await builder.build({ Dockerfile, f: 'here' })).output).toBe('here');
  });

  it('stand in a file: a folder is none, nor is what lies below a file', async () => {
    const folder = builder.context({ 'd/f': '', l: '-> l' });
    const failed = async (dockerfile: string) =>
      (await builder.fails(folder, { dockerfile: `${folder}/${dockerfile}` })).message.replaceAll(folder, '');
    expect(await failed('d')).toBe('failed to read dockerfile: open /d: is a directory');
    expect(await failed('d/f/g')).toBe('failed to read dockerfile: open /d/f/g: not a directory');
    expect(await failed('l')).toBe('failed to read dockerfile: open /l: too many levels of symbolic links');
  });
});
