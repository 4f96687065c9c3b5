/** One row of the key table. */
import type { ScreenState } from '../state/types.ts';
import type { Services } from './services.ts';

/** Where a binding holds. Earlier ones of a place win: see `placesOf` in dispatch.ts. */
export type Place =
  | 'logs'
  | 'text'
  | 'stats'
  | 'terminal'
  | 'details'
  | 'containers'
  | 'images'
  | 'volumes'
  | 'networks'
  | 'list'
  | 'global';

export interface Binding {
  id: string;
  keys: readonly string[];
  label: string;
  /** What it does to what is chosen now, where the key is one of two: for menu and hints. */
  nowLabel?: (state: ScreenState) => string;
  /** Shorter, for the bottom line. */
  hintLabel?: string;
  places: readonly Place[];
  /** Shown in the bottom line; small numbers first. */
  hint?: number;
  /** Offered in the menu of Enter. */
  isInMenu?: boolean;
  /** No part of the help while it can't run: its key does something else then. */
  isOnlyOffered?: true;
  /** True, or why the key can't do anything now. */
  when?: (state: ScreenState) => true | string;
  run: (services: Services) => void | Promise<void>;
}
