import { describe, expect, it } from 'vitest';
import { isContainerGone } from '../../../src/engine/runtime/create-error.ts';

const ID = '25ac90ad7cb62e1a4f17c5cddd02712e649cebdae688d17c96d876f96391a054';

describe('what a runtime says of an exec', () => {
  it.each([
    `OCI runtime exec failed: error opening file \`/run/boxtop/runtime/${ID}/status\`: No such file or directory: unknown`,
    'OCI runtime exec failed: container does not exist: unknown',
    `OCI runtime exec failed: container "${ID}" does not exist: unknown`,
    'OCI runtime exec failed: exec failed: cannot exec in a stopped container: unknown',
    'OCI runtime exec failed: cannot exec in a container that has stopped: unknown',
  ])('tells that the container has ended: %s', (message) => {
    expect(isContainerGone(message)).toBe(true);
  });

  it.each([
    'OCI runtime exec failed: exec failed: unable to start container process: exec: "/x/status": stat /x/status: no such file or directory: unknown',
    'OCI runtime exec failed: error opening file `/x/status`: No such file or directory: unknown',
  ])('is not mistaken for that: %s', (message) => {
    expect(isContainerGone(message)).toBe(false);
  });
});
