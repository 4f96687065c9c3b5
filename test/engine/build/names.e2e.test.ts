import { execFileSync } from 'node:child_process';
import { symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { archive } from '../../layerfs/archives.ts';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder } from './builder.ts';

/** A name in Latin-1, which is no UTF-8. */
const OLD_NAME = Buffer.from('gr\xfc\xdfe', 'latin1');

describe.skipIf(!canRunContainers)('files of every name and kind', () => {
  const builder = sharedBuilder();

  it('are copied as what they are, pipes and devices too, from stages and contexts', async () => {
    const folder = builder.context({
      Dockerfile: [
        'FROM busybox AS a',
        'COPY d /r/d',
        'RUN mknod -m 666 /r/c c 1 3 && mknod -m 600 /r/b b 7 300 && chown 5:6 /r/c',
        'FROM busybox',
        'COPY --from=a /r /r',
        'COPY --from=a --chmod=640 --chown=7 /r/d/pipe /p',
        'RUN stat -c "%A %u:%g %t,%T %n" /r/* /r/d/* /p',
      ].join('\n'),
      'd/f': '',
    });
    execFileSync('mkfifo', ['-m', '604', join(folder, 'd/pipe')]);
    const { output } = await builder.build(folder);
    expect(output.trim().split('\n')).toEqual([
      'brw------- 0:0 7,12c /r/b',
      'crw-rw-rw- 5:6 1,3 /r/c',
      'drwxr-xr-x 0:0 0,0 /r/d',
      '-rw-r--r-- 0:0 0,0 /r/d/f',
      'prw----r-- 0:0 0,0 /r/d/pipe',
      'prw-r----- 7:7 0,0 /p',
    ]);
    expect((await builder.build(folder)).ran).toEqual([]);
  });

  it('may have any bytes as names, in contexts, stages, mounts and archives, and keep them', async () => {
    const folder = builder.context({
      'd/plain': 'x',
      'd/new\nline': 'x',
      'a.tar': archive({ name: 'gr\udcfc\udcdfe', content: 'packed' }),
      Dockerfile: [
        'FROM busybox AS a',
        'COPY d /d/',
        'ADD a.tar /t/',
        'FROM busybox',
        'COPY --from=a /d /d/',
        'COPY --from=a /t/gr* /t/',
        'RUN --mount=source=d,target=/m for f in /d/* /t/* /m/*; do echo "$f=$(cat "$f")"; done | od -c -A n | tr -d " \\n"',
      ].join('\n'),
    });
    const at = (name: Buffer) => Buffer.concat([Buffer.from(join(folder, 'd/')), name]);
    writeFileSync(at(OLD_NAME), 'old');
    symlinkSync(OLD_NAME, at(Buffer.from([0xff])));
    const built = await builder.build(folder);
    const inside = (where: string) =>
      `${where}/gr374337e=old\\n${where}/new\\nline=x\\n${where}/plain=x\\n${where}/377=old\\n`;
    expect(built.output).toBe(`${inside('/d')}/t/gr374337e=packed\\n${inside('/m')}`);
    expect((await builder.build(folder)).ran).toEqual([]);
    writeFileSync(at(OLD_NAME), 'new');
    expect((await builder.build(folder)).output).toContain('gr374337e=new');
  });
});
