/** What every verb of the engine is handed: the open store of one root. */
import type { LayerStore } from '../layerfs/index.ts';
import type { Paths } from './config.ts';
import type { State } from './state/state.ts';

export interface Context {
  readonly paths: Paths;
  readonly state: State;
  /** argv prefix that runs this boxtop again */
  readonly self: readonly string[];
  /** Opened at first use, so that verbs that touch no layer don't load layerfs. */
  layers(): Promise<LayerStore>;
}
