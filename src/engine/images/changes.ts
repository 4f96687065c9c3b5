/** Dockerfile instructions applied to an image's configuration, as `import -c` and `commit -c` take them. Pure. */
import { readInstruction } from '../build/dockerfile/instructions.ts';
import { applyMetadata } from '../build/dockerfile/metadata.ts';
import { parseInstruction } from '../build/dockerfile/parse.ts';
import { EngineError } from '../errors.ts';
import type { ImageRunConfig } from '../types/config.ts';

/**
 * Returns a changed copy. Takes CMD ENTRYPOINT ENV EXPOSE HEALTHCHECK LABEL ONBUILD STOPSIGNAL USER VOLUME WORKDIR.
 * Throws INVALID_ARGUMENT '… is not a valid change command' (Docker, builder/dockerfile BuildFromConfig).
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  let changed = structuredClone(config);
  for (const line of changes) {
    const instruction = readInstruction(parseInstruction(line, '\\', { startLine: 1, endLine: 1 }));
    switch (instruction.kind) {
      case 'from':
      case 'arg':
      case 'run':
      case 'copy':
      case 'add':
      case 'maintainer':
      case 'shell':
        throw new EngineError('INVALID_ARGUMENT', `${instruction.kind} is not a valid change command`);
      default:
        changed = applyMetadata(changed, instruction, { get: (name) => lookUp(changed, name), escape: '\\' });
    }
  }
  return changed;
}

function lookUp(config: ImageRunConfig, name: string): string | undefined {
  const entry = config.Env?.find((candidate) => candidate.startsWith(`${name}=`));
  return entry?.slice(name.length + 1);
}
