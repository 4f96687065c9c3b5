/** Dockerfile instructions applied to an image's configuration, as `import -c` and `commit -c` take them. Pure. */
import { readInstruction } from '../build/dockerfile/instructions.ts';
import { applyMetadata, type MetadataInstruction } from '../build/dockerfile/metadata.ts';
import { parseDockerfile } from '../build/dockerfile/parse.ts';
import { EngineError } from '../errors.ts';
import type { ImageRunConfig } from '../types/config.ts';

/** 'stopsignal' is Docker's since 23. */
const ALLOWED: readonly string[] = [
  'cmd',
  'entrypoint',
  'env',
  'expose',
  'healthcheck',
  'label',
  'onbuild',
  'stopsignal',
  'user',
  'volume',
  'workdir',
];

/**
 * Returns a changed copy; the changes are read as one Dockerfile. Throws INVALID_ARGUMENT '… is not a valid change command' and
 * what is wrong with an instruction (Docker, builder/dockerfile BuildFromConfig).
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  let changed = structuredClone(config);
  if (changes.length === 0) return changed;
  const { nodes, escape } = parseDockerfile(changes.join('\n'));
  const refused = nodes.find(({ name }) => !ALLOWED.includes(name));
  if (refused !== undefined)
    throw new EngineError('INVALID_ARGUMENT', `${refused.name} is not a valid change command`);
  let hasCmd = false;
  for (const node of nodes) {
    const instruction = readInstruction(node);
    const before = changed.Cmd;
    changed = applyMetadata(changed, instruction as MetadataInstruction, {
      get: (name) => lookUp(changed, name),
      escape,
    });
    // a CMD among the changes stays, the container's goes
    if (instruction.kind === 'entrypoint' && hasCmd) changed = { ...changed, Cmd: before };
    hasCmd ||= instruction.kind === 'cmd';
  }
  return changed;
}

function lookUp(config: ImageRunConfig, name: string): string | undefined {
  const entry = config.Env?.find((candidate) => candidate.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
