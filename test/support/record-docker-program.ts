/**
 * Records test/data/docker-inspect.json with a real Docker, by hand: `node test/support/record-docker-program.ts [docker [ARGUMENTS]]`.
 * Needs an engine 20.10 with its default bridge, and the static busybox of this machine.
 */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { busyboxTar } from './images.ts';
import { type Engine, recordScenarios } from './inspect-scenarios.ts';

const [program = 'docker', ...before] = process.argv.slice(2);

const engine: Engine = async (args, { stdin = '', mayFail = false } = {}) => {
  const env = { ...process.env, DOCKER_BUILDKIT: '0' };
  const { status, stdout, stderr } = spawnSync(program, [...before, ...args], {
    input: stdin,
    encoding: 'utf8',
    env,
  });
  if (status !== 0 && !mayFail) throw new Error(`${args.join(' ')}: ${stderr}`);
  return stdout;
};

const recording = await recordScenarios(engine, busyboxTar());
const kinds = Object.entries(recording).map(([kind, objects]) => {
  const lines = Object.entries(objects).map(
    ([name, object]) => `  ${JSON.stringify(name)}: ${JSON.stringify(object)}`,
  );
  return ` ${JSON.stringify(kind)}: {\n${lines.join(',\n')}\n }`;
});
writeFileSync(new URL('../data/docker-inspect.json', import.meta.url), `{\n${kinds.join(',\n')}\n}\n`);
