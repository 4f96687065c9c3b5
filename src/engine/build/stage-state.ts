/** What a stage is after some of its instructions: image configuration, layers, build arguments, and the key of the cache. Pure. */
import type { ImageConfigDocument, ImageRecord } from '../images/records.ts';
import { sha256Hex } from '../oci/sha256.ts';
import type { ImageRunConfig } from '../types/config.ts';
import type { WordContext } from './dockerfile/words.ts';

export type LayerEntry = ImageRecord['layers'][number];

export interface StageState {
  readonly image: ImageConfigDocument;
  readonly layers: readonly LayerEntry[];
  /** declared ARGs that have a value */
  readonly args: ReadonlyMap<string, string>;
  /** names of all ARGs so far, those without a value too */
  readonly declared: readonly string[];
  /** id of the base image, '' for scratch */
  readonly baseId: string;
  /** Identity of everything that went into this state: base image, instructions, their inputs, and the layers that came of it. */
  readonly key: string;
  /** CMD was given in this stage: an ENTRYPOINT behind it lets it be */
  readonly hasCmd: boolean;
}

/** sha256 over a JSON text; parts are separated by its syntax, so no two lists look alike. */
export function keyOf(...parts: unknown[]): string {
  return sha256Hex(JSON.stringify(parts));
}

/** Docker's builders set it where the base image has none, so that `ENV PATH=/own:$PATH` is what it looks like. */
const DEFAULT_PATH = 'PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin';

function withPath(config: ImageRunConfig = {}): ImageRunConfig {
  const { Env } = config;
  return Env?.some((entry) => entry.startsWith('PATH='))
    ? config
    : { ...config, Env: [...(Env ?? []), DEFAULT_PATH] };
}

/** A stage that begins on `base`. The image's id covers its configuration and layers. */
export function stateFrom(base: {
  Id: string;
  config: ImageConfigDocument;
  layers: readonly LayerEntry[];
}): StageState {
  return {
    image: { ...base.config, config: withPath(base.config.config) },
    layers: base.layers,
    args: new Map(),
    declared: [],
    baseId: base.Id,
    key: keyOf('from', base.Id),
    hasCmd: false,
  };
}

/** FROM scratch. */
export function scratchState(platform: { os: string; architecture: string; variant?: string }): StageState {
  const image: ImageConfigDocument = {
    ...platform,
    config: withPath({ WorkingDir: '/' }),
    rootfs: { type: 'layers', diff_ids: [] },
    history: [],
  };
  return {
    image,
    layers: [],
    args: new Map(),
    declared: [],
    baseId: '',
    key: keyOf('scratch', platform),
    hasCmd: false,
  };
}

export const runConfigOf = (state: StageState): ImageRunConfig => state.image.config ?? {};

/** Variables an instruction sees: ENV wins over ARG (builder reference, "Using ARG variables"). */
export function wordsOf(state: StageState, escape: string): WordContext {
  const env = envOf(state);
  return { escape, get: (name) => env.get(name) ?? state.args.get(name) };
}

/** The build arguments a RUN sees in its environment: those that no ENV hides. */
export function visibleArgs(state: StageState): [name: string, value: string][] {
  const env = envOf(state);
  return [...state.args].filter(([name]) => !env.has(name));
}

export function envOf(state: StageState): Map<string, string> {
  const entries = runConfigOf(state).Env ?? [];
  return new Map(
    entries.map((entry) => [entry.slice(0, entry.indexOf('=')), entry.slice(entry.indexOf('=') + 1)]),
  );
}

/** With a changed configuration: a line of history (or none), no layer. */
export function withConfig(
  state: StageState,
  config: ImageRunConfig,
  createdBy: string | undefined,
): StageState {
  const next = createdBy === undefined ? state : withHistory(state, createdBy);
  return {
    ...next,
    image: { ...next.image, config },
    key: keyOf(state.key, 'config', config, createdBy),
  };
}

export function withAuthor(state: StageState, author: string): StageState {
  const next = withHistory(state, `MAINTAINER ${author}`);
  return { ...next, image: { ...next.image, author }, key: keyOf(state.key, 'author', author) };
}

/** A line of history without a layer. */
export function withHistory(state: StageState, createdBy: string): StageState {
  const history = [...(state.image.history ?? []), emptyLine(state, createdBy)];
  return { ...state, image: { ...state.image, history } };
}

export function withArg(state: StageState, name: string, value: string | undefined): StageState {
  const args = new Map(state.args);
  if (value !== undefined) args.set(name, value);
  const declared = state.declared.includes(name) ? state.declared : [...state.declared, name];
  return { ...state, args, declared };
}

/**
 * With a layer more, made by the step with the key `key`. The layer counts in the new state's key: a step that ran again and gave
 * something else (--no-cache, a clock) is another parent for all that follows.
 */
export function withLayer(
  state: StageState,
  layer: LayerEntry,
  step: { key: string; createdBy: string; created: string },
): StageState {
  const { rootfs, history = [] } = state.image;
  const { created, createdBy } = step;
  return {
    ...state,
    layers: [...state.layers, layer],
    image: {
      ...state.image,
      created,
      rootfs: { type: 'layers', diff_ids: [...rootfs.diff_ids, layer.diffId] },
      history: [...history, { created, created_by: createdBy, comment: COMMENT }],
    },
    key: keyOf(state.key, step.key, layer.diffId),
  };
}

const COMMENT = 'buildkit.dockerfile.v0';

/** Dated like the layer before it: a rebuild that finds everything in the cache gives the same image. */
function emptyLine({ image: { created } }: StageState, createdBy: string) {
  return {
    ...(created === undefined ? {} : { created }),
    created_by: createdBy,
    comment: COMMENT,
    empty_layer: true,
  };
}
