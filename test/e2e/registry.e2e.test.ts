import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { busyboxTar, type TarEntry } from '../support/images.ts';
import { freePort, hasRegistry, sharedRegistry } from '../support/registry.ts';
import { canRunContainers } from '../support/requirements.ts';

const REGISTRY_CONFIG = `version: 0.1
log: {level: error}
storage: {filesystem: {rootdirectory: /var/lib/registry}}
http: {addr: ":5000", secret: test}
`;

/** Debian's registry with the libraries it is linked with: an image like Docker Hub's \`registry\`. */
function registryTar(): Buffer {
  const file = (name: string, from: string): TarEntry => ({ name, content: readFileSync(from), mode: 0o755 });
  return busyboxTar([
    ...['lib/', 'lib64/', 'lib/x86_64-linux-gnu/', 'var/lib/', 'var/lib/registry/'].map(
      (name): TarEntry => ({ name, type: 'directory' }),
    ),
    file('lib/x86_64-linux-gnu/libc.so.6', '/lib/x86_64-linux-gnu/libc.so.6'),
    file('lib64/ld-linux-x86-64.so.2', '/lib64/ld-linux-x86-64.so.2'),
    file('bin/registry', '/usr/bin/docker-registry'),
    { name: 'etc/registry.yml', content: REGISTRY_CONFIG },
  ]);
}

const isAmd64 = existsSync('/lib64/ld-linux-x86-64.so.2');

describe.skipIf(!canRunContainers || !hasRegistry)('registries', () => {
  const boxtop = sharedBoxtop('registry', { changes: ['CMD ["echo","it runs"]'] });
  const other = sharedBoxtop('registry-other', 'empty');
  const closed = sharedRegistry({ users: { anna: 'secret word' } });

  it('ask for a password, which login keeps as Docker does and logout forgets', async () => {
    const target = `${closed.host}/team/busybox:v1`;
    await boxtop.ok('tag', 'busybox', target);
    const refused = await boxtop.run(['push', target]);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain('no basic auth credentials');
    const wrong = await boxtop.run(['login', '-u', 'anna', '--password-stdin', closed.host], {
      stdin: 'wrong',
    });
    expect(wrong.exitCode).toBe(1);
    expect(wrong.stderr).toMatch(/401 Unauthorized/);
    const config = join(boxtop.work, 'docker', 'config.json');
    expect(existsSync(config)).toBe(false);
    mkdirSync(join(boxtop.work, 'docker'), { recursive: true });
    writeFileSync(config, '{"detachKeys":"ctrl-e,e"}');
    const right = await boxtop.run(['login', '-u', 'anna', '--password-stdin', closed.host], {
      stdin: 'secret word\n',
    });
    expect(right).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('Login Succeeded') });
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({
      detachKeys: 'ctrl-e,e',
      auths: { [closed.host]: { auth: Buffer.from('anna:secret word').toString('base64') } },
    });
    const pushed = await boxtop.ok('push', target);
    expect(pushed).toMatch(/^The push refers to repository \[127\.0\.0\.1:\d+\/team\/busybox\]\n/);
    expect(pushed).toMatch(/\n[0-9a-f]{12}: Pushed\nv1: digest: sha256:[0-9a-f]{64} size: \d+$/);
    expect(await boxtop.ok('push', target)).toContain('Layer already exists');
    expect(await boxtop.ok('logout', closed.host)).toBe(`Removing login credentials for ${closed.host}`);
    expect(JSON.parse(readFileSync(config, 'utf8'))).toEqual({ detachKeys: 'ctrl-e,e', auths: {} });
    expect((await boxtop.run(['pull', target])).exitCode).toBe(1);
  });

  it('give what is asked for by tag, by digest, or all there is', async () => {
    const repository = `${closed.host}/team/busybox`;
    await boxtop.run(['login', '-u', 'anna', '-p', 'secret word', closed.host]);
    await other.run(['login', '-u', 'anna', '-p', 'secret word', closed.host]);
    await boxtop.ok('tag', 'busybox', `${repository}:v2`);
    const digest = /digest: (sha256:\w+)/.exec(await boxtop.ok('push', `${repository}:v2`))![1]!;
    const pulled = await other.ok('pull', `${repository}@${digest}`);
    expect(pulled.split('\n').slice(-3)).toEqual([
      `Digest: ${digest}`,
      `Status: Downloaded newer image for ${repository}@${digest}`,
      `${repository}@${digest}`,
    ]);
    expect(await other.ok('images', '--digests', '--format', '{{.Tag}} {{.Digest}}')).toBe(
      `<none> ${digest}`,
    );
    expect(await other.ok('run', '--rm', '--network', 'none', `${repository}@${digest}`)).toBe('it runs');
    const all = await other.ok('pull', '-a', repository);
    expect(all).toContain('v1: Pulling from team/busybox');
    expect(all).toContain('v2: Pulling from team/busybox');
    expect((await other.ok('images', '--format', '{{.Tag}}')).split('\n').sort()).toEqual(['v1', 'v2']);
    expect(await other.ok('pull', '-q', `${repository}:v1`)).toBe(`${repository}:v1`);
    expect(await other.ok('pull', `${repository}:v1`)).toContain(
      `Status: Image is up to date for ${repository}:v1`,
    );
    const missing = await other.run(['pull', `${repository}:nosuch`]);
    expect(missing).toMatchObject({ exitCode: 1, stdout: '' });
    expect(missing.stderr).toContain(`manifest for ${repository}:nosuch not found: manifest unknown`);
    const unreachable = await other.run(['pull', '127.0.0.1:1/nothing']);
    expect(unreachable).toMatchObject({ exitCode: 1, stdout: 'Using default tag: latest\n' });
  });

  it('are pulled from when run lacks the image', async () => {
    const name = `${closed.host}/team/busybox:v2`;
    await other.ok('rmi', '-f', name);
    const { stdout, stderr } = await other.run(['run', '--rm', '--network', 'none', name]);
    expect(stdout).toBe('it runs\n');
    expect(stderr).toContain(`Unable to find image '${name}' locally`);
    const never = await other.run(['run', '--rm', '--pull', 'never', 'nosuch']);
    expect(never).toMatchObject({
      exitCode: 125,
      stderr: expect.stringContaining('No such image: nosuch:latest'),
    });
  });

  it.skipIf(!isAmd64)('run in a container: push to it, look into it, pull from it', async () => {
    const tar = join(boxtop.work, 'registry.tar');
    writeFileSync(tar, registryTar());
    const changes = [
      'EXPOSE 5000',
      'VOLUME /var/lib/registry',
      'ENTRYPOINT ["registry","serve"]',
      'CMD ["/etc/registry.yml"]',
    ];
    await boxtop.ok('import', ...changes.flatMap((change) => ['-c', change]), tar, 'registry');
    const data = join(boxtop.work, 'data');
    const port = await freePort();
    const host = `127.0.0.1:${port}`;
    const status = () =>
      fetch(`http://${host}/v2/`).then(
        (response) => response.status,
        () => 0,
      );
    const serve = async () => {
      const flags = ['-p', `${port}:5000`, '-v', `${data}:/var/lib/registry`, '--name', 'registry_local'];
      await boxtop.ok('run', '-d', ...flags, 'registry');
      await expect.poll(status).toBe(200);
    };
    await serve();
    await boxtop.ok('image', 'tag', 'busybox:latest', `${host}/busybox:latest`);
    expect(await boxtop.ok('image', 'push', `${host}/busybox:latest`)).toContain('latest: digest: sha256:');
    expect(await (await fetch(`http://${host}/v2/_catalog`)).json()).toEqual({ repositories: ['busybox'] });
    expect(existsSync(join(data, 'docker/registry/v2/repositories/busybox'))).toBe(true);
    await other.ok('pull', `${host}/busybox`);
    expect(await other.ok('run', '--rm', '--network', 'none', `${host}/busybox`)).toBe('it runs');
    // its data outlive it
    await boxtop.ok('rm', '-f', 'registry_local');
    await serve();
    expect(await boxtop.ok('pull', `${host}/busybox`)).toContain('Status: Image is up to date');
    await boxtop.ok('rm', '-f', 'registry_local');
  });
});
