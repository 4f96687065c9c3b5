import { describe, expect, it } from 'vitest';
import { parseDockerfile } from '../../../src/engine/build/dockerfile/parse.ts';
import { findStage, readStages } from '../../../src/engine/build/dockerfile/stages.ts';

const stagesOf = (text: string) => readStages(parseDockerfile(text));
const failureOf = (text: string) => {
  try {
    stagesOf(text);
  } catch (error) {
    const { message, hint, range } = error as {
      message: string;
      hint?: string;
      range: { startLine: number };
    };
    return { message, hint, line: range.startLine };
  }
  throw new Error('it was accepted');
};

describe('stages and instructions', () => {
  it('groups instructions by FROM, with names, platforms and arguments before the first', () => {
    const { metaArgs, stages } = stagesOf(
      'ARG V=1\nfrom --platform=linux/arm64 a:$V as Base\nRUN x\nFROM base\ncopy --from=0 a b /c/\n',
    );
    expect(metaArgs[0]!.args).toEqual([{ name: 'V', value: '1' }]);
    expect(stages).toMatchObject([
      {
        name: 'base',
        from: { image: 'a:$V', platform: 'linux/arm64' },
        instructions: [{ kind: 'run', command: { isShell: true } }],
      },
      { instructions: [{ kind: 'copy', sources: ['a', 'b'], destination: '/c/', flags: { from: '0' } }] },
    ]);
  });

  it('finds a stage by its last name, by number, and only before the asking one', () => {
    const { stages } = stagesOf('FROM a AS x\nFROM b AS x\nFROM c\n');
    expect(findStage(stages, 'X')?.index).toBe(1);
    expect(findStage(stages, '0')?.index).toBe(0);
    expect(findStage(stages, 'x', 1)?.index).toBe(0);
    expect(findStage(stages, 'nginx')).toBeUndefined();
  });

  it.each([
    ['FROM a\nRnu x\n', 'unknown instruction: Rnu', 'did you mean RUN?', 2],
    ['FROM a\nRNU x\n', 'unknown instruction: RNU', 'did you mean RUN?', 2],
    ['FROM a\n\nCOPY --form=x a b\n', 'unknown flag: --form', 'did you mean --from?', 3],
    ['FROM a b\n', 'FROM requires either one or three arguments', undefined, 1],
    [
      'FROM a AS 1x\n',
      'invalid name for build stage: "1x", name can\'t start with a number or contain symbols',
      undefined,
      1,
    ],
    ['RUN x\nFROM a\n', 'no build stage in current context', 'begin the Dockerfile with: FROM IMAGE', 1],
    ['ARG x\n', 'dockerfile contains no stages to build', 'add a line: FROM IMAGE', 1],
    [
      'FROM a\nCOPY x\n',
      'COPY requires at least two arguments, but only one was provided. Destination could not be determined',
      undefined,
      2,
    ],
    [
      'FROM a\nSHELL sh -c\n',
      'SHELL requires the arguments to be in JSON form',
      'write: SHELL ["/bin/sh", "-c"]',
      2,
    ],
    ['FROM a\nONBUILD ONBUILD RUN x\n', "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed", undefined, 2],
    ['FROM a\nONBUILD FROM x\n', "FROM isn't allowed as an ONBUILD trigger", undefined, 2],
    ['FROM a\nONBUILD FROM\u00a0\\\n x\n', "FROM isn't allowed as an ONBUILD trigger", undefined, 2],
    ['FROM a\nHEALTHCHECK CMD\n', 'Missing command after HEALTHCHECK CMD', undefined, 2],
    ['FROM a\nHEALTHCHECK TCP 80\n', 'Unknown type "TCP" in HEALTHCHECK (try CMD)', undefined, 2],
    ['FROM a\nHEALTHCHECK --retries=-1 CMD x\n', '--retries cannot be negative (-1)', undefined, 2],
    ['FROM a\nHEALTHCHECK --timeout=1us CMD x\n', 'Interval "timeout" cannot be less than 1ms', undefined, 2],
    ['FROM a\nCOPY x <<E\nE\n', 'COPY cannot accept a heredoc as a destination', undefined, 2],
    ['FROM a\nCOPY --link --link x y\n', 'duplicate flag specified: --link', undefined, 2],
    ['FROM a\nARG =x\n', 'ARG names can not be blank', undefined, 2],
    ['FROM a\nRUN --network=x y\n', 'invalid network mode "x"', 'use default, none or host', 2],
    ['FROM a\nCOPY --chown a b\n', 'missing a value on flag: --chown', undefined, 2],
    ['FROM a\nRUN --network=none --network=host x\n', 'duplicate flag specified: --network', undefined, 2],
    ['FROM a\nWORKDIR\n', 'WORKDIR requires exactly one argument', undefined, 2],
    ['FROM a\nVOLUME --x\n', 'VOLUME requires at least one argument', undefined, 2],
    ['FROM a\nLABEL --x\n', 'unknown flag: --x', undefined, 2],
    ['FROM a\nCOPY --link= x y\n', 'missing a value on flag: --link', undefined, 2],
    ['FROM a\nRUN []\n', 'arguments are required', undefined, 2],
    ['FROM a\nRUN\u00a0x\n', 'unknown instruction: RUN\u00a0x', undefined, 2],
  ])('refuses %j', (text, message, hint, line) => {
    expect(failureOf(text)).toEqual({ message, hint, line });
  });

  it('lets flags be where Docker reads none, and booleans be in any case', () => {
    const text =
      'FROM a\nSTOPSIGNAL --x TERM\nARG --x=1 y\nHEALTHCHECK --x NONE\nCOPY --link=TRUE x y\nRUN\n';
    expect(stagesOf(text).stages[0]!.instructions).toMatchObject([
      { value: 'TERM' },
      { args: [{ name: 'y' }] },
      { health: { Test: ['NONE'] } },
      { flags: { link: true } },
      { command: { args: [], isShell: true } },
    ]);
  });

  it('keeps the white space at the end of a trigger, and takes it off volumes', () => {
    expect(
      stagesOf('FROM a\n onbuild \\\n RUN x  \nVOLUME [" /a "]\n').stages[0]!.instructions,
    ).toMatchObject([{ trigger: 'RUN x  ' }, { values: ['/a'] }]);
  });

  it('refuses a line that Docker finds too long, counted in bytes, after what is wrong before it', () => {
    const label = (length: number) => `FROM a\nLABEL a=${'é'.repeat(length / 2)}\n`;
    const message = 'dockerfile line greater than max allowed size of 65535';
    expect(stagesOf(label(65_526)).stages).toHaveLength(1);
    expect(failureOf(label(65_528))).toMatchObject({ message, line: 2 });
    expect(failureOf(`FROM a\nENV x\n${label(65_528)}`).message).toBe('ENV must have two arguments');
  });
});
