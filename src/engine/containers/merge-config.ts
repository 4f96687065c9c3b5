/** Merges what the user asks for with the image's configuration, as Docker does at create. Pure. */
import { EngineError } from '../errors.ts';
import type { ContainerConfig, ImageRunConfig } from '../types/config.ts';

const SHELL_NAMELESS = 'No command specified';

/** moby runconfig merge: the user wins; Env, Labels, Volumes and ExposedPorts are united. */
export function mergeConfig(user: ContainerConfig, image: ImageRunConfig): ContainerConfig {
  const { Entrypoint, Cmd } = mergeCommand(user, image);
  return {
    ...user,
    User: user.User || image.User || '',
    ExposedPorts: { ...image.ExposedPorts, ...user.ExposedPorts },
    Env: mergeEnv(image.Env ?? [], user.Env ?? []),
    Cmd,
    Entrypoint,
    Volumes: { ...image.Volumes, ...user.Volumes },
    WorkingDir: user.WorkingDir || image.WorkingDir || '',
    Labels: { ...image.Labels, ...user.Labels },
    ...(user.StopSignal || image.StopSignal ? { StopSignal: user.StopSignal || image.StopSignal } : {}),
    ...(user.Healthcheck || image.Healthcheck
      ? { Healthcheck: mergeHealthcheck(user.Healthcheck, image.Healthcheck) }
      : {}),
    ...(image.Shell?.length ? { Shell: image.Shell } : {}),
    OnBuild: null,
  };
}

/** The image's Cmd counts only while its Entrypoint is not replaced. [''] asks for no entry point. */
function mergeCommand(
  user: ContainerConfig,
  image: ImageRunConfig,
): { Entrypoint: string[] | null; Cmd: string[] | null } {
  if (user.Entrypoint?.length) {
    const isReset = user.Entrypoint.length === 1 && user.Entrypoint[0] === '';
    return { Entrypoint: isReset ? null : user.Entrypoint, Cmd: user.Cmd?.length ? user.Cmd : null };
  }
  return {
    Entrypoint: image.Entrypoint?.length ? image.Entrypoint : null,
    Cmd: user.Cmd?.length ? user.Cmd : image.Cmd?.length ? image.Cmd : null,
  };
}

/** The user's variables first, then those of the image that it doesn't name; a name alone (`-e NAME`) hides the image's. */
function mergeEnv(image: readonly string[], user: readonly string[]): string[] {
  const nameOf = (entry: string) => entry.split('=', 1)[0]!;
  const named = new Set(user.map(nameOf));
  return [...user, ...image.filter((entry) => !named.has(nameOf(entry)))];
}

function mergeHealthcheck(
  user: ImageRunConfig['Healthcheck'],
  image: ImageRunConfig['Healthcheck'],
): ImageRunConfig['Healthcheck'] {
  if (user === undefined || image === undefined) return user ?? image;
  const given = Object.fromEntries(Object.entries(user).filter(([name, value]) => name !== 'Test' && value));
  const Test = user.Test?.length ? user.Test : image.Test;
  return { ...image, ...given, ...(Test && { Test }) };
}

/** The program and its arguments. Throws INVALID_ARGUMENT when there is nothing to run. */
export function commandOf(config: ContainerConfig): { path: string; args: string[] } {
  const [path, ...args] = [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])];
  if (path === undefined) {
    throw new EngineError('INVALID_ARGUMENT', SHELL_NAMELESS, {
      hint: 'name one after the image, e.g. sh',
      exitCode: 125,
    });
  }
  return { path, args };
}
