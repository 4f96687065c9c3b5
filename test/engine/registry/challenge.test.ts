import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInRange, isInside, isLoopback } from '../../../src/engine/registry/addresses.ts';
import { parseChallenges } from '../../../src/engine/registry/challenge.ts';
import { registryError } from '../../../src/engine/registry/errors.ts';
import { endpointsOf, readSettings } from '../../../src/engine/registry/settings.ts';

describe('WWW-Authenticate', () => {
  it.each([
    ['Basic realm="x"', [{ scheme: 'basic', parameters: { realm: 'x' } }]],
    [
      'Bearer realm="https://auth.example.com/token",service="registry.example.com",scope="repository:a/b:pull,push"',
      [
        {
          scheme: 'bearer',
          parameters: {
            realm: 'https://auth.example.com/token',
            service: 'registry.example.com',
            scope: 'repository:a/b:pull,push',
          },
        },
      ],
    ],
    [
      'Negotiate, Basic realm = "a \\"b\\"" , charset=UTF-8',
      [
        { scheme: 'negotiate', parameters: {} },
        { scheme: 'basic', parameters: { realm: 'a "b"', charset: 'UTF-8' } },
      ],
    ],
    ['Bearer realm="unclosed', [{ scheme: 'bearer', parameters: { realm: 'unclosed' } }]],
    ['', []],
    ['=,;"', []],
  ])('reads %s', (header, expected) => {
    expect(parseChallenges(header)).toEqual(expected);
  });
});

describe('addresses', () => {
  it('knows inside ones', () => {
    for (const address of [
      '127.0.0.1',
      '10.1.2.3',
      '169.254.169.254',
      '192.168.0.1',
      '[::1]',
      'fd00::1',
      '::ffff:127.0.0.1',
    ]) {
      expect([address, isInside(address)]).toEqual([address, true]);
    }
    for (const address of ['8.8.8.8', '2001:db8::1', 'example.com', ''])
      expect(isInside(address)).toBe(false);
    expect(isLoopback('localhost')).toBe(true);
    expect(isLoopback('localhost.example.com')).toBe(false);
    expect(isInRange('10.1.2.3', '10.0.0.0/8')).toBe(true);
    expect(isInRange('example.com', '10.0.0.0/8')).toBe(false);
  });
});

describe('endpoints', () => {
  const none = { mirrors: [], insecure: [], timeoutMs: 1000 };

  it('allows plain http only on loopback and where it is configured', () => {
    const schemes = (host: string, insecure: string[] = []) =>
      endpointsOf(host, { ...none, insecure })[0]!.schemes;
    expect(schemes('registry.example.com')).toEqual(['https']);
    expect(schemes('localhost:5000')).toEqual(['https', 'http']);
    expect(schemes('127.0.0.1')).toEqual(['https', 'http']);
    expect(schemes('[::1]:5000')).toEqual(['https', 'http']);
    expect(schemes('r.lan:5000', ['r.lan:5000'])).toEqual(['https', 'http']);
    expect(schemes('r.lan:5001', ['r.lan:5000'])).toEqual(['https']);
    expect(schemes('192.168.1.2:5000', ['192.168.0.0/16'])).toEqual(['https', 'http']);
  });

  it('puts mirrors before the Hub, and before nothing else', () => {
    const settings = { ...none, mirrors: ['https://mirror.example.com/'] };
    expect(endpointsOf('docker.io', settings).map(({ host }) => host)).toEqual([
      'mirror.example.com',
      'registry-1.docker.io',
    ]);
    expect(endpointsOf('ghcr.io', settings).map(({ host }) => host)).toEqual(['ghcr.io']);
  });

  it('may be silent for a minute, or as long as registry-timeout says', () => {
    const folder = mkdtempSync(join(tmpdir(), 'boxtop-settings-'));
    const file = join(folder, 'daemon.json');
    const timeout = (text: string) => {
      writeFileSync(file, text);
      return endpointsOf('r.lan', readSettings(file))[0]!.timeoutMs;
    };
    expect(timeout('{}')).toBe(60_000);
    expect(timeout('{"registry-timeout": 0.5}')).toBe(500);
    for (const odd of ['0', '-1', '"5"', '1e9'])
      expect(() => timeout(`{"registry-timeout": ${odd}}`)).toThrow(
        'registry-timeout must be a number of seconds',
      );
    rmSync(folder, { recursive: true });
  });

  it('does not repeat the password of a malformed mirror', () => {
    const run = () => endpointsOf('docker.io', { ...none, mirrors: ['https://user:secret@mirror/'] });
    expect(run).toThrow('invalid mirror');
    expect(run).not.toThrow('secret');
  });
});

describe('error bodies', () => {
  it("speaks with distribution's words", () => {
    const body = JSON.stringify({ errors: [{ code: 'MANIFEST_UNKNOWN', message: 'manifest unknown' }] });
    expect(registryError(404, body, 'Get "x"')).toMatchObject({
      message: 'manifest unknown: manifest unknown',
      code: 'NOT_FOUND',
    });
    expect(registryError(502, '<html>', 'Get "x"')).toMatchObject({
      message: 'Get "x": unexpected status code 502',
      code: 'UNAVAILABLE',
    });
  });

  it('lets no terminal escapes through', () => {
    const body = JSON.stringify({ errors: [{ code: 'DENIED', message: '\u001b]0;owned\u0007\nno' }] });
    expect(registryError(403, body, '').message).toBe('denied: ]0;owned no');
  });
});
