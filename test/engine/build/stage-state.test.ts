import { expect, it } from 'vitest';
import { applyMetadata, type MetadataInstruction } from '../../../src/engine/build/dockerfile/metadata.ts';
import { parseDockerfile } from '../../../src/engine/build/dockerfile/parse.ts';
import { readStages } from '../../../src/engine/build/dockerfile/stages.ts';
import { scratchState } from '../../../src/engine/build/stage-state.ts';

const applied = (line: string) => {
  const { stages } = readStages(parseDockerfile(`FROM x\n${line}\n`));
  const instruction = stages[0]!.instructions[0] as MetadataInstruction;
  return applyMetadata({ Shell: ['/bin/ash', '-c'] }, instruction, { get: () => undefined, escape: '\\' });
};

it('begins FROM scratch with a path and in the root', () => {
  const { image } = scratchState({ os: 'linux', architecture: 'amd64' });
  expect(image.config).toMatchObject({ WorkingDir: '/', Env: [expect.stringMatching(/^PATH=/)] });
});

it('gives the shell an empty line where nothing stands behind CMD and ENTRYPOINT', () => {
  expect(applied('CMD').Cmd).toEqual(['/bin/ash', '-c', '']);
  expect(applied('ENTRYPOINT').Entrypoint).toEqual(['/bin/ash', '-c', '']);
  expect(applied('CMD []').Cmd).toBeNull();
  expect(applied('ENTRYPOINT []').Entrypoint).toBeNull();
});

it('refuses a volume of which nothing is left', () => {
  expect(() => applied('VOLUME /a $none')).toThrow('VOLUME specified can not be an empty string');
});
