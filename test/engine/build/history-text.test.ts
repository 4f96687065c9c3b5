import { expect, it } from 'vitest';
import { historyText } from '../../../src/engine/build/dockerfile/history-text.ts';
import { applyMetadata, type MetadataInstruction } from '../../../src/engine/build/dockerfile/metadata.ts';
import { parseDockerfile } from '../../../src/engine/build/dockerfile/parse.ts';
import { readStages } from '../../../src/engine/build/dockerfile/stages.ts';

/** What BuildKit of Docker 20.10 writes into an image's history; v is 1. */
it.each([
  ['ENV   A=b$v  "C"="d  e"', 'ENV A=b1 C=d  e'],
  ['ENV OLD  x  y', 'ENV OLD=x  y'],
  ['LABEL  x=y   "z"="a  $v"', 'LABEL x=y z=a  1'],
  ['WORKDIR   sub', 'WORKDIR /sub'],
  ['EXPOSE  80/tcp   90/udp 70-71', 'EXPOSE map[70/tcp:{} 71/tcp:{} 80/tcp:{} 90/udp:{}]'],
  ['VOLUME  /data   /$v', 'VOLUME [/data /1]'],
  ['VOLUME ["/j"]', 'VOLUME [/j]'],
  ['USER  $v', 'USER 1'],
  ['STOPSIGNAL   SIGTERM', 'STOPSIGNAL SIGTERM'],
  ['SHELL   ["/bin/sh",   "-ec"]', 'SHELL [/bin/sh -ec]'],
  [
    'HEALTHCHECK --interval=5s --retries=3   CMD   echo   "x  y"',
    `HEALTHCHECK &{["CMD-SHELL" "echo   \\"x  y\\""] "5s" "0s" "0s" '\\x03'}`,
  ],
  ['HEALTHCHECK --timeout=1m30s CMD ["a",  "b"]', `HEALTHCHECK &{["CMD" "a" "b"] "0s" "1m30s" "0s" '\\x00'}`],
  [
    'HEALTHCHECK --interval=1h0.5s --start-period=1500us --retries=65 CMD ["a"]',
    `HEALTHCHECK &{["CMD" "a"] "1h0m0.5s" "0s" "1.5ms" 'A'}`,
  ],
  ['CMD ["\\u001b\\u00a0\\"é"]', 'CMD ["\\x1b\\u00a0\\"é"]'],
  ['HEALTHCHECK   NONE', `HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '\\x00'}`],
  ['ENTRYPOINT   ["a",  "b c"]', 'ENTRYPOINT ["a" "b c"]'],
  ['CMD   echo   $v "q"', 'CMD ["/bin/sh" "-c" "echo   $v \\"q\\""]'],
  ['CMD []', 'CMD []'],
  ['ONBUILD   RUN  x', undefined],
])('%s → %s', (line, expected) => {
  const { stages } = readStages(parseDockerfile(`FROM x\n${line}\n`));
  const instruction = stages[0]!.instructions[0] as MetadataInstruction;
  const words = { get: (name: string) => (name === 'v' ? '1' : undefined), escape: '\\' };
  expect(historyText(instruction, applyMetadata({}, instruction, words), words)).toBe(expected);
});

it.each([
  [10, '\\n'],
  [34, '"'],
  [39, "\\'"],
  [92, '\\\\'],
  [127, '\\x7f'],
  [160, '\\u00a0'],
  [55_296, '\ufffd'],
  [2_000_000, '\ufffd'],
])('writes %d retries as a character', (Retries, char) => {
  const health = { Test: ['NONE'], Retries };
  const instruction = { kind: 'healthcheck', health } as MetadataInstruction;
  const words = { get: () => undefined, escape: '\\' };
  expect(historyText(instruction, { Healthcheck: health }, words)).toBe(
    `HEALTHCHECK &{["NONE"] "0s" "0s" "0s" '${char}'}`,
  );
});
