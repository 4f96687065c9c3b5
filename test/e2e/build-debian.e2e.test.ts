import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { sharedBoxtop } from '../support/boxtop.ts';
import { hasDebianUserland, writeDebianUserland } from '../support/debian-userland.ts';
import { canRunContainers } from '../support/requirements.ts';

const canBuildDebian = canRunContainers && hasDebianUserland;
if (!canBuildDebian)
  console.warn('builds on a Debian userland are skipped: they need root, debootstrap and a Debian mirror');

const SERVER = (text: string, port: number) => `
import http.server
class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'''${text}''')
http.server.HTTPServer(('0.0.0.0', ${port}), Page).serve_forever()
`;

/** Speaks enough of Redis's protocol to be asked whether it lives. */
const REDIS_C = `
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <sys/socket.h>
#include <netinet/in.h>
int main(int argc, char **argv) {
  int port = 0, one = 1, s = socket(AF_INET, SOCK_STREAM, 0);
  FILE *f = fopen(argv[1], "r");
  if (!f || fscanf(f, "port %d", &port) != 1) { fprintf(stderr, "no port in %s\\n", argv[1]); return 1; }
  struct sockaddr_in a = { .sin_family = AF_INET, .sin_port = htons(port) };
  setsockopt(s, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
  if (bind(s, (struct sockaddr *)&a, sizeof a) || listen(s, 9)) { perror("bind"); return 1; }
  for (;;) { int c = accept(s, 0, 0); write(c, "HTTP/1.0 200 OK\\r\\n\\r\\n+PONG\\r\\n", 26); shutdown(c, 1); char b[512]; while (read(c, b, 512) > 0); close(c); }
}
`;

describe.skipIf(!canBuildDebian)('Dockerfiles on a Debian userland', () => {
  const boxtop = sharedBoxtop('debian', 'empty');
  beforeAll(async () => {
    const tar = join(boxtop.work, 'debian.tar');
    writeDebianUserland(tar);
    await boxtop.ok('import', tar, 'debian');
    rmSync(tar);
  }, 240_000);

  const context = (files: Record<string, string | Uint8Array>) => {
    const folder = join(boxtop.work, `context-${Math.random()}`);
    for (const [name, content] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, name)), { recursive: true });
      writeFileSync(join(folder, name), content, { mode: 0o755 });
    }
    return folder;
  };

  /** Starts the image, fetches a page of it, removes it. */
  async function fetched(image: string, port: number, path = '/'): Promise<string> {
    const id = await boxtop.ok('run', '-d', '-p', `127.0.0.1::${port}`, image);
    const address = await boxtop.ok('port', id, `${port}/tcp`);
    try {
      for (let tries = 0; ; tries += 1) {
        try {
          return await (await fetch(`http://${address}${path}`)).text();
        } catch (error) {
          if (tries === 600) throw new Error(`${String(error)}: ${await boxtop.ok('logs', id)}`);
          await sleep(100);
        }
      }
    } finally {
      await boxtop.ok('rm', '-f', id);
    }
  }

  it('builds the web app in Python, and it answers', async () => {
    await boxtop.ok('tag', 'debian', 'ubuntu');
    const folder = context({
      Dockerfile: `FROM ubuntu
MAINTAINER Zheng
RUN python3 --version
RUN mkdir app
ADD . /app
WORKDIR /app/app
CMD ["python3","flask01.py"]
`,
      'app/flask01.py': SERVER('Hello, Flask', 5000),
    });
    expect(await boxtop.ok('build', '-q', '-t', 'flask', folder)).toMatch(/^sha256:/);
    expect(await fetched('flask', 5000)).toBe('Hello, Flask');
  });

  it('builds hello world in C from scratch', async () => {
    const folder = context({
      'hello.c': '#include <stdio.h>\nint main(void) { puts("Hello from scratch"); }\n',
    });
    execFileSync('cc', ['-static', '-o', join(folder, 'hello'), join(folder, 'hello.c')]);
    writeFileSync(join(folder, 'Dockerfile'), 'FROM scratch\nADD hello /\nCMD ["/hello"]\n');
    await boxtop.ok('build', '-t', 'hello:1.0', folder);
    expect(await boxtop.ok('run', '--rm', '--network', 'none', 'hello:1.0')).toBe('Hello from scratch');
  });

  it('compiles and runs the server with instructions in lower case', async () => {
    await boxtop.ok('tag', 'debian', 'centos');
    const source = context({
      'redis-4.0.14/redis.c': REDIS_C,
      'redis-4.0.14/Makefile':
        'all: redis-server\nredis-server: redis.c\n\ttcc -o redis-server redis.c\ninstall:\n\tcp redis-server /usr/local/bin\n',
    });
    const folder = context({
      Dockerfile: `FROM centos
# gcc: compiles the sources
RUN ["tcc", "-v"]
workdir /usr/local
ADD redis-4.0.14.tag.gz .
workdir /usr/local/redis-4.0.14
# compile
run make && make install
workdir /usr/local/redis-4.0.14
add redis-7000.conf .
expose 7000
cmd ["redis-server","redis-7000.conf"]
`,
      'redis-7000.conf': 'port 7000\n',
    });
    execFileSync('tar', ['-C', source, '-czf', join(folder, 'redis-4.0.14.tag.gz'), 'redis-4.0.14']);
    await boxtop.ok('build', '-t', 'weizz.com/docker-redis', folder);
    expect(await fetched('weizz.com/docker-redis', 7000)).toBe('+PONG\r\n');
  });

  it('adds a folder to a server that serves folders', async () => {
    await boxtop.ok(
      'build',
      '-t',
      'tomcat:latest',
      context({
        Dockerfile:
          'FROM debian\nWORKDIR /usr/local/tomcat/webapps\nEXPOSE 8080\nCMD ["python3","-m","http.server","8080","--directory","/usr/local/tomcat/webapps"]\n',
      }),
    );
    const folder = context({
      Dockerfile: `# base image
FROM tomcat:latest
MAINTAINER weizz5
WORKDIR /usr/local/tomcat/webapps
ADD docker-demo ./dockerDemo
`,
      'docker-demo/index.html': '<h1>demo</h1>',
      'docker-demo/sub/page.html': 'sub',
    });
    await boxtop.ok('build', '-t', 'weizz5.com/mywebapp:1.0', folder);
    expect(await fetched('weizz5.com/mywebapp:1.0', 8080, '/dockerDemo/index.html')).toBe('<h1>demo</h1>');
  });

  it('runs the project generator of a base image, with an entrypoint in shell form', async () => {
    const admin = `#!/bin/sh\nmkdir -p "$2"\ncat > "$2/manage.py" <<'EOP'\n${SERVER('It worked!', 8000)}EOP\n`;
    await boxtop.ok(
      'build',
      '-t',
      'django',
      context({
        Dockerfile: 'FROM debian\nCOPY --chmod=755 django-admin /usr/bin/\n',
        'django-admin': admin,
      }),
    );
    const folder = context({
      Dockerfile: `FROM django
WORKDIR /home
RUN django-admin startproject test
WORKDIR /home/test
EXPOSE 8000
ENTRYPOINT python3 manage.py runserver 0.0.0.0:8000
`,
    });
    await boxtop.ok('build', '-t', 'mydjango', folder);
    expect(await fetched('mydjango', 8000)).toBe('It worked!');
  });
});
