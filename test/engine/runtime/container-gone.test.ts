import { describe, expect, it } from 'vitest';
import { isUnexplained } from '../../../src/engine/runtime/create-error.ts';

const ID = '25ac90ad7cb62e1a4f17c5cddd02712e649cebdae688d17c96d876f96391a054';
const EXEC = 'OCI runtime exec failed: exec failed:';
const START = `${EXEC} unable to start container process:`;

describe('what a runtime says of an exec', () => {
  it.each([
    `OCI runtime exec failed: error opening file \`/run/boxtop/runtime/${ID}/status\`: No such file or directory: unknown`,
    'OCI runtime exec failed: container does not exist: unknown',
    `OCI runtime exec failed: container "${ID}" does not exist: unknown`,
    'OCI runtime exec failed: write to sync socket: Broken pipe: unknown',
    `${EXEC} cannot exec in a stopped container: unknown`,
    `${START} error executing setns process: exit status 1: unknown`,
  ])('may come of the end of its container: %s', (message) => {
    expect(isUnexplained(message)).toBe(true);
  });

  it.each([
    `${START} exec: "/x/status": stat /x/status: no such file or directory: unknown`,
    `${START} exec: "x": permission denied: unknown`,
    `${START} chdir to cwd ("/x") set in config.json failed: permission denied: unknown`,
    `${EXEC} Cwd must be an absolute path: unknown`,
    'canceled while the container was made',
  ])('does not: %s', (message) => {
    expect(isUnexplained(message)).toBe(false);
  });
});
