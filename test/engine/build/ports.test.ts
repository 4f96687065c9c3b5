import { describe, expect, it } from 'vitest';
import { readPorts } from '../../../src/engine/build/dockerfile/ports.ts';

describe('the ports of EXPOSE', () => {
  it.each([
    ['80', ['80/tcp']],
    ['80/', ['80/tcp']],
    ['080/UDP', ['80/udp']],
    ['0-1/sctp', ['0/sctp', '1/sctp']],
    ['8080:80', ['80/tcp']],
    [':80', ['80/tcp']],
    ['127.0.0.1:8080:80/udp', ['80/udp']],
    ['[::1]:80-81:90-91', ['90/tcp', '91/tcp']],
    ['8000-8100:80', ['80/tcp']],
  ])('%s exposes %j', (spec, ports) => {
    expect(readPorts(spec)).toEqual(ports);
  });

  it.each([
    ['x', 'Invalid containerPort: x'],
    ['80-70', 'Invalid containerPort: 80-70'],
    ['65536', 'Invalid containerPort: 65536'],
    ['+80', 'Invalid containerPort: +80'],
    ['80:', 'No port specified: 80:<empty>'],
    ['/tcp', 'No port specified: /tcp<empty>'],
    ['x:80', 'Invalid hostPort: x'],
    ['80:80-81', 'Invalid ranges specified for container and host Ports: 80-81 and 80'],
    ['1:2:3', 'Invalid ip address: 1'],
    ['80/xyz', 'Invalid proto: xyz'],
  ])('%s is refused: %s', (spec, message) => {
    expect(() => readPorts(spec)).toThrow(message);
  });
});
