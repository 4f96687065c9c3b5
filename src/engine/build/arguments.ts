/** Build arguments: what ARG, --build-arg and the platform give. Pure. */
import type { Platform } from '../oci/platform.ts';
import { expanded } from './dockerfile/metadata.ts';
import type { Arg } from './dockerfile/stages.ts';
import { expandWord } from './dockerfile/words.ts';

/** Usable without ARG; in the environment of RUN, but neither in the cache key nor in the history (builder reference). */
export const PREDEFINED = ['HTTP_PROXY', 'HTTPS_PROXY', 'FTP_PROXY', 'NO_PROXY', 'ALL_PROXY'].flatMap(
  (name) => [name, name.toLowerCase()],
);

export type BuildArgs = Readonly<Record<string, string>>;

/** TARGETPLATFORM and the rest of the platform arguments. */
export function platformArgs(target: Platform, build: Platform): Map<string, string> {
  const args = new Map<string, string>();
  for (const [prefix, platform] of Object.entries({ TARGET: target, BUILD: build })) {
    const { os, architecture, variant = '' } = platform;
    args.set(`${prefix}PLATFORM`, [os, architecture, variant].filter(Boolean).join('/'));
    args.set(`${prefix}OS`, os).set(`${prefix}ARCH`, architecture).set(`${prefix}VARIANT`, variant);
  }
  return args;
}

/** Values of the ARGs before the first FROM, in their order; a build argument wins over the default. */
export function metaArgValues(
  metaArgs: readonly Arg[],
  given: BuildArgs,
  platform: ReadonlyMap<string, string>,
  escape: string,
): Map<string, string> {
  const values = new Map(platform);
  const words = { get: (key: string) => values.get(key), escape };
  for (const arg of metaArgs) {
    for (const { name, value } of arg.args) {
      const own =
        given[name] ?? (value === undefined ? undefined : expanded(arg, () => expandWord(value, words)));
      if (own !== undefined) values.set(name, own);
    }
  }
  return values;
}

/** The value of an ARG inside a stage: the build argument, the ARG's own default, the one from before the first FROM. */
export function argValue(
  { name, value }: { name: string; value?: string },
  sources: { given: BuildArgs; meta: ReadonlyMap<string, string>; expand(text: string): string },
): string | undefined {
  return sources.given[name] ?? (value === undefined ? sources.meta.get(name) : sources.expand(value));
}
