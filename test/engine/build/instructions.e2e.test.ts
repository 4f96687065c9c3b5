import { execFileSync } from 'node:child_process';
import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { canRunContainers } from '../../support/requirements.ts';
import { sharedBuilder } from './builder.ts';

describe.skipIf(!canRunContainers)('instructions', () => {
  const builder = sharedBuilder();

  const configOf = async (imageId: string) =>
    ((await builder.store.engine.images.inspect(imageId)) as unknown as { Config: Record<string, unknown> })
      .Config;

  it('writes every configuration instruction into the image', async () => {
    const { imageId } = await builder.build(
      {
        Dockerfile: [
          'ARG TAG=latest',
          'from busybox:$TAG as Base',
          'ENV A=1 B="two words" PATH=/bin',
          'ENV OLD form with spaces',
          'LABEL a=b c="d e"',
          'MAINTAINER someone',
          'EXPOSE 80 53/udp 100-102',
          'VOLUME ["/v1", "/v2"]',
          'USER user:extra',
          'WORKDIR /a',
          'WORKDIR b/../c',
          'STOPSIGNAL SIGINT',
          'SHELL ["/bin/sh", "-ec"]',
          'HEALTHCHECK --interval=5s --timeout=2s --retries=4 CMD true',
          'ONBUILD RUN echo trigger',
          'CMD echo hi',
        ].join('\n'),
      },
      { labels: { given: 'yes' } },
    );
    expect(await configOf(imageId)).toMatchObject({
      Env: ['PATH=/bin', 'A=1', 'B=two words', 'OLD=form with spaces'],
      Labels: { a: 'b', c: 'd e', given: 'yes' },
      ExposedPorts: { '80/tcp': {}, '53/udp': {}, '100/tcp': {}, '101/tcp': {}, '102/tcp': {} },
      Volumes: { '/v1': {}, '/v2': {} },
      User: 'user:extra',
      WorkingDir: '/a/c',
      StopSignal: 'SIGINT',
      Shell: ['/bin/sh', '-ec'],
      Healthcheck: { Test: ['CMD-SHELL', 'true'], Interval: 5e9, Timeout: 2e9, Retries: 4 },
      OnBuild: ['RUN echo trigger'],
      Cmd: ['/bin/sh', '-ec', 'echo hi'],
    });
    expect(await builder.store.engine.images.inspect(imageId)).toMatchObject({ Author: 'someone' });
  });

  it('lets an ENTRYPOINT drop only the CMD of the base image', async () => {
    const base = await configOf(
      (await builder.build({ Dockerfile: 'FROM busybox\nCMD ["x"]\nENTRYPOINT ["e"]' })).imageId,
    );
    expect(base).toMatchObject({ Cmd: ['x'], Entrypoint: ['e'] });
    const derived = await configOf(
      (await builder.build({ Dockerfile: 'FROM busybox\nENTRYPOINT ["e"]' })).imageId,
    );
    expect(derived['Cmd'] ?? null).toBeNull();
  });

  it('takes an image that is here only for the platform it is of', async () => {
    const name = 'localhost:1/own';
    await builder.build({ Dockerfile: 'FROM busybox\nLABEL a=b' }, { tags: [name] });
    await builder.build({ Dockerfile: `FROM --platform=$BUILDPLATFORM ${name}` });
    const other = process.arch === 'arm64' ? 'linux/amd64' : 'linux/arm64';
    const asked = await builder.fails({ Dockerfile: `FROM --platform=${other} ${name}` });
    expect(asked).toMatchObject({ code: 'UNAVAILABLE', failure: { startLine: 1 } });
    expect((await builder.fails({ Dockerfile: `FROM ${name}` }, { platform: other })).code).toBe(
      'UNAVAILABLE',
    );
  });

  it('runs RUN as it stands: no entry point before it, and below a VOLUME into the layer', async () => {
    const { output, imageId } = await builder.build({
      Dockerfile: [
        'FROM busybox',
        'ENTRYPOINT ["echo", "wrong"]',
        'CMD ["wrong"]',
        'HEALTHCHECK CMD echo wrong',
        'VOLUME ["/v", "/with space"]',
        'ENV E=env',
        'USER 7',
        'RUN echo shell $E $(id -u)',
        'RUN ["echo", "exec"]',
        'USER 0',
        'RUN mkdir /v && echo kept > /v/f',
        'RUN cat /v/f',
      ].join('\n'),
    });
    expect(output).toBe('shell env 7\nexec\nkept\n');
    expect((await configOf(imageId))['Volumes']).toEqual({ '/v': {}, '/with space': {} });
  });

  it('runs ONBUILD triggers in the next build, before its own instructions, once', async () => {
    await builder.build(
      {
        Dockerfile:
          'FROM busybox\nONBUILD ARG X=1\nONBUILD COPY f /f\nONBUILD RUN <<EOF\necho "trigger $X"\nEOF\n',
      },
      { tags: ['onbuild'] },
    );
    const { output, imageId } = await builder.build({ Dockerfile: 'FROM onbuild\nRUN cat /f', f: 'file\n' });
    expect(output).toBe('trigger 1\nfile\n');
    expect((await configOf(imageId))['OnBuild'] ?? null).toBeNull();
  });

  it('scopes ARG: before FROM, per stage, ENV wins, platform and proxy arguments', async () => {
    const { output } = await builder.build(
      {
        Dockerfile: [
          'ARG A=outer',
          'FROM busybox AS one',
          'RUN echo "1 [$A]"',
          'ARG A',
          'ARG B=inner',
          'ARG TARGETARCH',
          'RUN echo "2 [$A] [$B] [$TARGETARCH] [$HTTP_PROXY]"',
          'ENV B=env',
          'ARG B=late',
          'RUN echo "3 [$B]"',
          'FROM one',
          'RUN echo "4 [$A] [$B]"',
        ].join('\n'),
      },
      { buildArgs: { B: 'given', HTTP_PROXY: 'http://p' } },
    );
    const arch = process.arch === 'x64' ? 'amd64' : process.arch;
    expect(output.split('\n').filter(Boolean)).toEqual([
      '1 []',
      `2 [outer] [given] [${arch}] [http://p]`,
      '3 [env]',
      '4 [outer] [env]',
    ]);
  });

  it('copies by name, folder, wildcard, into a folder and as a file, with owner and mode', async () => {
    const { output } = await builder.build({
      Dockerfile: [
        'FROM busybox',
        'WORKDIR /w',
        'COPY a.txt one',
        'COPY --chown=user:extra --chmod=640 *.txt ./many/',
        'COPY --chown=1:2 d /d/',
        'COPY ["with space", "/json/"]',
        'COPY link followed',
        'COPY --parents d/./sub/s.txt d/top /p/',
        'COPY --exclude=*.txt d /e/',
        'RUN cd /; find w d json p e | sort | while read f; do stat -c "%n %F %a %u:%g" "$f"; done',
      ].join('\n'),
      'a.txt': 'a',
      'b.txt': 'b',
      'with space': 's',
      link: '-> a.txt',
      'd/top': 't',
      'd/sub/s.txt': 's',
      'd/inner': '-> top',
    });
    expect(output.replaceAll('regular file', 'file').trim().split('\n')).toEqual([
      'd directory 755 1:2',
      'd/inner symbolic link 777 1:2',
      'd/sub directory 755 1:2',
      'd/sub/s.txt file 644 1:2',
      'd/top file 644 1:2',
      'e directory 755 0:0',
      'e/inner symbolic link 777 0:0',
      'e/sub directory 755 0:0',
      'e/sub/s.txt file 644 0:0',
      'e/top file 644 0:0',
      'json directory 755 0:0',
      'json/with space file 644 0:0',
      'p directory 755 0:0',
      'p/d directory 755 0:0',
      'p/d/top file 644 0:0',
      'p/sub directory 755 0:0',
      'p/sub/s.txt file 644 0:0',
      'w directory 755 0:0',
      'w/followed file 644 0:0',
      'w/many directory 755 1000:2000',
      'w/many/a.txt file 640 1000:2000',
      'w/many/b.txt file 640 1000:2000',
      'w/one file 644 0:0',
    ]);
  });

  it('copies nothing where a pattern matches nothing, and makes no folder for it', async () => {
    const { output } = await builder.build({
      Dockerfile:
        'FROM busybox\nCOPY lock* /none/\nCOPY --from=busybox /lock* /none/\nCOPY f lock* /some/\nRUN ls -d /none /some/* 2>&1 || true',
      f: '',
    });
    expect(output).toContain('/some/f\n');
    expect(output).toContain('/none: No such file');
  });

  it('copies from a stage, an index and an image, through their symlinks, keeping owners', async () => {
    const { output } = await builder.build({
      Dockerfile: [
        'FROM busybox AS made',
        'RUN mkdir -p /real/in && echo x > /real/in/f && chown 7:8 /real/in/f && ln -s real /way',
        'FROM busybox',
        'COPY --from=made /way/in/f /a',
        'COPY --from=0 /way/in/* /b/',
        'COPY --from=busybox /etc/passwd /c',
        'COPY --from=made --chown=user /real /d',
        'RUN stat -c "%n %u:%g" /a /b/f /c /d/in/f',
      ].join('\n'),
    });
    expect(output).toBe('/a 7:8\n/b/f 7:8\n/c 0:0\n/d/in/f 1000:1000\n');
  });

  it('follows symlinks that sources name, also by wildcards, under their own names, and keeps hard links', async () => {
    const { output } = await builder.build({
      file: 'file\n',
      link: '-> file',
      Dockerfile: [
        'FROM busybox AS libs',
        'RUN mkdir -p /real /l/sub && echo 1 > /real/lib.1.2 && ln -s ../real/lib.1.2 /l/lib.1 && ln -s /l/lib.1 /l/lib',
        'RUN echo a > /l/a && ln /l/a /l/sub/b && ln /l/a /l/c',
        'FROM busybox',
        'COPY --from=libs /l/lib* /libs/',
        'COPY --from=libs /l /whole',
        'COPY --from=libs /l/a /l/c /named/',
        'COPY link link /named/',
        'COPY lin[k] /one',
        'COPY file /new/parent/file',
        'WORKDIR /made',
        'RUN test -z "$(find /new /made -type d ! -newer /etc/passwd -mtime +9000)"',
        'RUN stat -c "%n %F %h" /libs/* /whole/a /whole/c /whole/sub/b /whole/lib /named/* /one',
      ].join('\n'),
    });
    expect(output.replaceAll('regular file', 'file').trim().split('\n')).toEqual([
      '/libs/lib file 1',
      '/libs/lib.1 file 1',
      '/whole/a file 3',
      '/whole/c file 3',
      '/whole/sub/b file 3',
      '/whole/lib symbolic link 1',
      '/named/a file 1',
      '/named/c file 1',
      '/named/link file 1',
      '/one file 1',
    ]);
  });

  it('unpacks local archives of every compression, and leaves others and folders alone', async () => {
    const folder = builder.context({ 't/f': 'packed\n', 'plain.gz': '' });
    const tar = (...args: string[]) => execFileSync('tar', ['-C', folder, ...args, 't']);
    tar('-cf', join(folder, 'a.tar'));
    tar('-czf', join(folder, 'b.tgz'));
    tar('-cjf', join(folder, 'c.tar.bz2'));
    tar('-cJf', join(folder, 'd.tar.xz'));
    tar('--zstd', '-cf', join(folder, 'e.tar.zst'));
    writeFileSync(join(folder, 'plain.gz'), execFileSync('gzip', ['-c'], { input: 'no tar' }));
    execFileSync('mkdir', [join(folder, 'dir')]);
    execFileSync('cp', [join(folder, 'a.tar'), join(folder, 'dir/inside.tar')]);
    const names = ['a.tar', 'b.tgz', 'c.tar.bz2', 'd.tar.xz', 'e.tar.zst'];
    const adds = names.map((name, index) => `ADD ${name} /u${index}/`).join('\n');
    writeFileSync(
      join(folder, 'Dockerfile'),
      `FROM busybox\n${adds}\nADD plain.gz /z/\nADD dir /dir/\nADD --unpack=false a.tar /no/\nCOPY a.tar /copy/\nRUN cat /u*/t/f; ls /z /dir /no /copy`,
    );
    const { output } = await builder.build(folder);
    expect(output).toBe(
      `${'packed\n'.repeat(5)}/copy:\na.tar\n\n/dir:\ninside.tar\n\n/no:\na.tar\n\n/z:\nplain.gz\n`,
    );
  });

  it('takes heredocs: scripts, files, input of a command, other interpreters, quoted ones unexpanded', async () => {
    const { output } = await builder.build({
      Dockerfile: [
        'FROM busybox',
        'ARG NAME=value',
        'RUN << EOF',
        'echo one $NAME',
        'echo two',
        'EOF',
        'RUN <<-"EOF"',
        '\t#!/bin/awk -f',
        '\tBEGIN { print "awk" }',
        '\tEOF',
        'RUN cat <<A - <<B',
        'from a',
        'A',
        'from b',
        'B',
        'COPY <<one <<"two" <<-three /h/',
        `it's "x" \\$ $NAME`,
        'one',
        'y $NAME',
        'two',
        '\tz',
        'three',
        'RUN cat /h/one /h/two /h/three; ls /dev/pipes 2>&1 || true',
      ].join('\n'),
    });
    expect(output).toContain('one value\ntwo\nawk\n');
    expect(output).toContain(`it's "x" $ value\ny $NAME\nz\n`);
  });

  it('honours SHELL, USER and WORKDIR in RUN, and # escape and Windows line ends', async () => {
    const { events } = await builder.build({
      Dockerfile: [
        '# escape=`',
        'FROM busybox',
        'SHELL ["/bin/sh", "-xc"]',
        'WORKDIR /made/here',
        'USER user',
        'RUN echo `',
        '  joined; id -u; pwd',
        '',
      ].join('\r\n'),
    });
    // stdout and stderr are two pipes: their pieces come in any order
    const printed = (stream: string) =>
      events
        .map((event) => (event.type === 'output' && event.stream === stream ? event.data.toString() : ''))
        .join('');
    expect(printed('stderr').replace(/ +/g, ' ')).toBe('+ echo joined\n+ id -u\n+ pwd\n');
    expect(printed('stdout')).toBe('joined\n1000\n/made/here\n');
  });

  it('keeps a step at --network=none and --network=host apart from the default', async () => {
    const { output } = await builder.build({
      Dockerfile:
        'FROM busybox\nRUN --network=none ls /sys/class/net\nRUN --network=host readlink /proc/self/ns/net',
    });
    expect(output).toContain('lo\n');
    expect(output).toContain(execFileSync('readlink', ['/proc/self/ns/net'], { encoding: 'utf8' }));
  });

  it('shows every step in the history', async () => {
    const { imageId } = await builder.build(
      { Dockerfile: 'FROM busybox\nARG V=1 W\nARG V\nENV E=2\nRUN true\nCOPY f /\nCMD ["f"]', f: '' },
      { tags: ['hist'] },
    );
    const history = await builder.store.engine.images.history(imageId);
    expect(history.map(({ CreatedBy }) => CreatedBy).slice(0, 6)).toEqual([
      'CMD ["f"]',
      'COPY f / # buildkit',
      'RUN |2 V=1 W= /bin/sh -c true # buildkit',
      'ENV E=2',
      'ARG V',
      'ARG V=1 W',
    ]);
  });

  it('leaves no mount points of a step in its layer', async () => {
    const { imageId } = await builder.build({
      Dockerfile: [
        'FROM scratch',
        'COPY --chmod=755 busybox /bin/busybox',
        'RUN --mount=type=cache,target=/root/.cache/pip --mount=type=tmpfs,target=/t/t ["/bin/busybox", "touch", "/made"]',
      ].join('\n'),
      busybox: readFileSync('/bin/busybox'),
    });
    const image = await builder.store.engine.images.inspect(imageId);
    const layer = (image as { RootFS: { Layers: string[] } }).RootFS.Layers.at(-1)!;
    const blob = join(builder.store.root, 'content', 'blobs', 'sha256', layer.slice(7));
    expect(execFileSync('tar', ['-tf', blob], { encoding: 'utf8' }).trim().split('\n')).toEqual(['made']);
  });

  it('gives a file its mode back whatever the umask, and keeps the executable bit', async () => {
    const folder = builder.context({
      Dockerfile: 'FROM busybox\nCOPY run.sh /\nRUN /run.sh',
      'run.sh': '#!/bin/sh\necho ran\n',
    });
    chmodSync(join(folder, 'run.sh'), 0o755);
    expect((await builder.build(folder)).output).toBe('ran\n');
  });
});
